"""What the keys and the values of a filter are: which there are, and what each can be compared with."""

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from runlore.capture.params import typed as recorded
from runlore.ops.where.dates import period, seconds
from runlore.ops.where.like import no_key
from runlore.ops.where.words import Word, brief, typed, wrong
from runlore.records.states import STATES
from runlore.store.catalog import CONFIG, INPUT, METRIC, OUTPUT, PARAM, stored
from runlore.store.condition import Compare, Condition, Every, Key, No, Some, Value
from runlore.store.statement import FACTS, STATISTICS

_IDS = ("id", "commit", "fingerprint", "parent", "code")
_NUMBERS = ("duration", "exit_code")
_STARTED, _AGE = Key("fact", "started"), Key("fact", "age")
_YOUNGER = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""How the beginnings of two runs compare whose ages compare so."""
_NOT_FINITE = ("nan", float("inf"), float("-inf"))
_SECOND, _OLDEST = 1_000_000_000, 1e10
_FILES = {
    **dict.fromkeys(("input", "inputs"), INPUT),
    **dict.fromkeys(("output", "outputs"), OUTPUT),
    "config": CONFIG,
}
KEYS = (*FACTS, "tag", "input", "output", "config")
"""The keys that every store has; beside them are ``params.NAME`` and ``metrics.NAME``."""
_DIGITS = re.compile(r"[0-9a-f]{4,64}")
_ORDERED = ("<", "<=", ">", ">=")


class Meaning(NamedTuple):
    """``names`` gives those of all parameters (``param``) or metrics (``metric``); ``now`` is in nanoseconds."""

    names: Callable[[str], Sequence[str]]
    now: int
    shown: Callable[[str], str] = typed
    """A key as one types it, in a filter unless something else is said."""

    def key(self, text: str) -> Key:
        """What a key names.

        Raises:
            UsageError: there is no such key; says which are like it, or which there are.
        """
        prefix, dot, name = text.partition(".")
        if prefix in ("params", "param") and dot:
            return Key(PARAM, self._known(PARAM, "params.", name))
        if prefix in ("metrics", "metric") and dot:
            return self._metric(name)
        if text in _FILES:
            return Key("file", _FILES[text])
        if text in ("tag", "tags"):
            return Key("tag", "tags")
        if text in FACTS:
            return Key("fact", text)
        raise no_key(f'there is no key "{brief(text)}"', text, self._all(), self.shown)

    def column(self, text: str) -> Key:
        """What a column is sorted by; raises as `key`."""
        if text in FACTS:
            return Key("fact", text)
        if text.startswith(("params.", "metrics.")):
            return self.key(text)
        raise no_key(
            f'there is no column "{brief(text)}"',
            text,
            [name for name in self._all() if name not in ("tag", *_FILES)],
            self.shown,
        )

    def _metric(self, name: str) -> Key:
        known = self.names(METRIC)
        metric, _, statistic = name.rpartition(".")
        if name not in known and statistic in STATISTICS and metric:
            return Key(METRIC, self._known(METRIC, "metrics.", metric), statistic)
        return Key(METRIC, self._known(METRIC, "metrics.", name))

    def _known(self, kind: str, prefix: str, name: str) -> str:
        known = self.names(kind)
        if known and name not in known:
            what = "parameter" if kind == PARAM else "metric"
            raise no_key(
                f'no run has a {what} "{brief(name)}"', prefix + name, [prefix + each for each in known], self.shown
            )
        return name

    def _all(self) -> list[str]:
        return [
            *KEYS,
            *(f"params.{name}" for name in self.names(PARAM)),
            *(f"metrics.{name}" for name in self.names(METRIC)),
        ]

    def test(self, text: str, word: Word, op: str, values: Sequence[Word]) -> Condition:
        """What the filter ``text`` says with this key, comparison and values; raises `UsageError`."""
        key = self.key(word.text)
        if op == "has":
            return Compare(key, op)
        if op in ("~", "!~"):
            return Compare(key, op, (_pattern(text, key, values[0]),))
        if key == _STARTED:
            return _any(op, [self._time(text, key, op, value) for value in values])
        if key.name in _IDS and key.kind == "fact" and op in ("=", "!="):
            found = Some(tuple(_id(text, key, value) for value in values))
            return found if op == "=" else Every((Compare(key, "has"), No(found)))
        return self._compare(text, key, op, values)

    def _compare(self, text: str, key: Key, op: str, values: Sequence[Word]) -> Compare:
        if key == _AGE:
            return Compare(key, _YOUNGER.get(op, op), tuple(self._then(text, value) for value in values))
        if key.kind == PARAM:
            return Compare(key, op, tuple(meant for value in values for meant in _scalars(op, value)))
        read = _READERS.get(key.name, _text) if key.kind == "fact" else _BY_KIND[key.kind]
        return Compare(key, op, tuple(read(text, key.name, op, value) for value in values))

    def _then(self, text: str, word: Word) -> int:
        """When a run began that is so old."""
        length = seconds(word.text)
        if length is None:
            wrong(text, word.at, f'age is compared with a time such as 90s, 10m, 2h or 3d, not with "{word.shown}"')
        return self.now - round(min(length, _OLDEST) * _SECOND)

    def _time(self, text: str, key: Key, op: str, word: Word) -> Condition:
        found = period(word.text, self.now)
        if found is None:
            wrong(text, word.at, f'"{word.shown}" is no date; write 2026-11-01, yesterday or "2 days ago"')
        begin, end = found
        within = Every((Compare(key, ">=", (begin,)), Compare(key, "<", (max(end, begin + 1),))))
        meant: dict[str, Condition] = {
            "=": within,
            "!=": No(within),
            "<": Compare(key, "<", (begin,)),
            "<=": Compare(key, "<", (max(end, begin + 1),)),
            ">": Compare(key, ">=", (max(end, begin + 1),)),
            ">=": Compare(key, ">=", (begin,)),
        }
        return meant[op]


def _any(op: str, parts: Sequence[Condition]) -> Condition:
    """The one part, or any of them, or with ``!=`` all."""
    if len(parts) == 1:
        return parts[0]
    return Every(tuple(parts)) if op == "!=" else Some(tuple(parts))


def _pattern(text: str, key: Key, word: Word) -> bytes:
    if key in {_STARTED, _AGE}:
        wrong(text, word.at, f"{key.name} is no text; compare it with =, <, > or in")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # what "[[" may mean one day; the place says nothing
            re.compile(word.text, re.IGNORECASE)  # as `statement.matches` does, which finds it compiled
    except (re.error, RecursionError, OverflowError) as error:
        wrong(text, word.at, f'"{word.shown}" is no regular expression: {error}')
    return word.text.encode("utf-8", "surrogatepass")


def _id(text: str, key: Key, word: Word) -> Compare:
    digits = word.text.lower()
    if _DIGITS.fullmatch(digits) is None:
        wrong(text, word.at, f"{key.name} is compared with 4 or more digits of an id")
    return Compare(key, "prefix", (digits.encode(),))


def _text(text: str, name: str, op: str, word: Word) -> Value:
    del text, name, op
    return stored(word.text)


def _state(text: str, name: str, op: str, word: Word) -> Value:
    del name, op
    if word.text not in STATES:
        wrong(text, word.at, f'no run is ever "{word.shown}"; states are {", ".join(STATES)}')
    return stored(word.text)


def _flag(text: str, name: str, op: str, word: Word) -> Value:
    if word.text.lower() not in ("true", "false") or op in _ORDERED:
        wrong(text, word.at, f"{name} is = true or = false")
    return word.text.lower()


def _duration(text: str, name: str, op: str, word: Word) -> Value:
    del op
    found = seconds(word.text)
    if found is None:
        wrong(text, word.at, f"{name} is compared with a time such as 90, 90s, 10m or 2h")
    return found


def _number(text: str, name: str, op: str, word: Word) -> Value:
    del op
    found = _as_number(word.text)
    if found is None or word.quoted:
        wrong(text, word.at, f'{name} is compared with a number, not with "{word.shown}"')
    return stored(found)


def _scalars(op: str, word: Word) -> tuple[Value, ...]:
    """A parameter may be anything: in quotes it is text, else what it looks like.

    What Python reads as a number and a record keeps as text (``007``), or as either (``nan``), is equal to both.
    """
    text = stored(word.text)
    if word.quoted:
        return (text,)
    if word.text.lower() in ("true", "false", "none", "null"):
        return ("none" if word.text.lower() == "null" else word.text.lower(),)
    found = _as_number(word.text)
    if found is None:
        return (text,)
    either = op in ("=", "!=") and (isinstance(recorded(word.text), str) or stored(found) in _NOT_FINITE)
    return (stored(found), text) if either else (stored(found),)


def _as_number(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return None


_Reader = Callable[[str, str, str, Word], Value]
_READERS: Mapping[str, _Reader] = {
    "state": _state,
    "dirty": _flag,
    **dict.fromkeys(_NUMBERS, _number),
    "duration": _duration,
}
_BY_KIND: Mapping[str, _Reader] = {METRIC: _number, "tag": _text, "file": _text}
