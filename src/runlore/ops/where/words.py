"""A filter as words: names and values, comparisons, parentheses and commas, each with its place."""

import re
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from runlore.errors import UsageError

WORD, COMPARISON, MARK, END = "word", "comparison", "mark", "end"
_TOKEN = re.compile(
    r"""\s*(?: (?P<comparison> <= | >= | != | !~ | == | = | < | > | ~ )
      | (?P<mark> [(),] )
      | (?P<word> (?: [^\s()=<>!~,"'] | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )+ ) )""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r""""((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'""", re.DOTALL)
_PLAIN = re.compile(r"""[^\s()=<>!~,"']+""")
_SPECIAL = re.compile(r"""[\\"]""")
_CURLED = "\u201c\u201d\u201e\u2018\u2019"
"""What a page or a chat makes of quotes; taken for a part of the word they would quietly find nothing."""
_AROUND = 80
"""Characters of a filter on either side of the place that an error shows, and of a word in its message."""
_ESCAPED = re.compile(r"\\([\\\"'])")


class Word(NamedTuple):
    """One word: its kind, its text without quotes, where it begins, and whether it began with a quote."""

    kind: str
    text: str
    at: int
    quoted: bool = False

    @property
    def shown(self) -> str:
        """The text as a message shows it: a very long one is cut."""
        return brief(self.text)

    def means(self, *words: str) -> bool:
        """Whether this is one of these words of the language: in any case, and not in quotes."""
        return self.kind == WORD and not self.quoted and self.text.lower() in words


def words(text: str) -> Iterator[Word]:
    """The words of a filter, and an empty one where it ends.

    Raises:
        UsageError: a quote is not closed, or a character has no meaning where it stands.
    """
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            wrong(text, at, "this quote is not closed" if text[at] in "\"'" else f'"{text[at]}" has no meaning here')
        kind = str(match.lastgroup)
        raw = match[kind]
        if raw[0] in _CURLED:
            wrong(text, match.start(kind), f'"{raw[0]}" is no quote here; write " or \'')
        plain = _QUOTED.sub(_unquoted, raw) if kind == WORD else raw
        yield Word(kind, "=" if plain == "==" else plain, match.start(kind), raw[0] in "\"'")
        at = match.end()
    yield Word(END, "", end)


def wrong(text: str, at: int, why: str) -> NoReturn:
    """Raises `UsageError`: the filter cannot be understood from that place on."""
    where = f"at character {at + 1}" if at < len(text.rstrip()) else "where it ends"
    before, after = text[:at].strip(), text[at:].strip()
    if len(before) > _AROUND:
        before = f"... {before[-_AROUND:].lstrip()}"
    if len(after) > _AROUND:
        after = f"{after[:_AROUND].rstrip()} ..."
    place = " ".join(filter(None, (before, "[here]", after)))
    raise UsageError(f"cannot read the filter {where}: {why}", hint=place)


def brief(text: str) -> str:
    """``text`` as a message shows it: a very long one is cut."""
    return text if len(text) <= _AROUND else f"{text[:_AROUND]}..."


def typed(key: str) -> str:
    """A key as one types it in a filter: ``params."my key"``."""
    kind, dot, name = key.partition(".")
    if not dot or _PLAIN.fullmatch(name):
        return key
    escaped = _SPECIAL.sub(r"\\\g<0>", name)
    return f'{kind}."{escaped}"'


def _unquoted(match: re.Match[str]) -> str:
    return _ESCAPED.sub(r"\1", match[1] if match[1] is not None else match[2])
