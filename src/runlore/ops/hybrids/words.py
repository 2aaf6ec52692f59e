"""Two command lines side by side: option by option, so that each can be had as in the one or in the other."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

Unit = tuple[str, ...]
"""An option with what belongs to it, or a word alone."""


class Pair(NamedTuple):
    """What stands in one place of both; nothing where one has nothing there."""

    a: Unit
    b: Unit

    @property
    def label(self) -> str:
        """What a person calls it."""
        if not self.a or not self.b:
            return f"{' '.join(self.b or self.a)} only in {'b' if self.b else 'a'}"
        if _key(self.a) == _key(self.b):
            old, new = (_value(unit) for unit in self)
            return f"{_key(self.b)} {old} -> {new}"
        return f"{' '.join(self.a)} -> {' '.join(self.b)}"


def pairs(a: Sequence[str], b: Sequence[str]) -> list[Pair]:
    """Both command lines from the first word to the last."""
    left, right = list(_units(a)), list(_units(b))
    matcher = SequenceMatcher(None, [_key(unit) for unit in left], [_key(unit) for unit in right], autojunk=False)
    found: list[Pair] = []
    for _, i, i_end, j, j_end in matcher.get_opcodes():
        mine, theirs = left[i:i_end], right[j:j_end]
        same = len(mine) if len(mine) == len(theirs) else _arguments(mine, theirs)
        found += map(Pair, mine[:same], theirs[:same])
        found += [Pair(unit, ()) for unit in mine[same:]]
        found += [Pair((), unit) for unit in theirs[same:]]
    return found


def _arguments(a: Sequence[Unit], b: Sequence[Unit]) -> int:
    """How many of the first are words in both: the one stands in the place of the other."""
    return next((at for at, unit in enumerate(zip(a, b, strict=False)) if any(_is_option(each[0]) for each in unit)),
                min(len(a), len(b)))  # fmt: skip


def _units(argv: Sequence[str]) -> Iterator[Unit]:
    """An option owns the words behind it that are no options, unless it has its value with it."""
    unit: list[str] = []
    for word in argv:
        owned = bool(unit) and _is_option(unit[0]) and "=" not in unit[0]
        if unit and not (owned and not _is_option(word) and "=" not in word):
            yield tuple(unit)
            unit = []
        unit.append(word)
    if unit:
        yield tuple(unit)


def _is_option(word: str) -> bool:
    return word.startswith("-") and len(word) > 1 and not word[1].isdigit() and word[1] != "."


def _key(unit: Unit) -> str:
    first = unit[0]
    return first.partition("=")[0] if "=" in first else first


def _value(unit: Unit) -> str:
    _, equals, value = unit[0].partition("=")
    return value if equals else " ".join(unit[1:]) or "set"
