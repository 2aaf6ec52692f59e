"""Changed lines as unified diffs show them; of a line that only changed in part, that part stands out."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from runlore.insight.lines import Hunk
from runlore.ops.difference.results import CodeFile
from runlore.present.term.blocks import Block, Line, Span, line
from runlore.present.term.syntax import coloured

_TAB = 8
_MEANING = {"+": "added", "-": "removed", "\\": "dim"}
_LARGEST, _COLOURED = 256 << 10, 128 << 10
"""Bytes of a file that is coloured by its language, and characters of all that are: a second's work at the worst."""
_ALIKE = 2
"""A line is said to have changed in part where at least one in so many of its characters did not."""


def patch(files: tuple[CodeFile, ...], *, colour: bool = False) -> Iterator[Block]:
    """Every file that has hunks or is binary, under a heading as git writes it; those that no run read are the last.

    With ``colour`` the code of files up to 256 KiB is coloured by its language too, until 128 KiB are.
    """
    left = _COLOURED if colour else 0
    for each in sorted(files, key=lambda each: each.read is False):
        if each.hunks is None or not (each.hunks or each.binary):
            continue
        was = each.was or each.path
        yield Line()
        yield line(Span(f"--- {'/dev/null' if each.change == 'added' else f'a/{was}'}", "heading"))
        yield line(Span(f"+++ {'/dev/null' if each.change == 'removed' else f'b/{each.path}'}", "heading"))
        if each.binary:
            yield line(Span("Binary files differ", "dim"))
        left -= sum(len(text) for hunk in each.hunks or () for text in hunk.lines)
        language = each.path if left > 0 and max(each.size.a or 0, each.size.b or 0) <= _LARGEST else ""
        for hunk in each.hunks or ():
            yield from _hunk(hunk, language)


class _Row(NamedTuple):
    """A line of a hunk with its sign, and what follows that in pieces of one look each."""

    text: str
    pieces: Sequence[tuple[str, str]]


def _hunk(hunk: Hunk, language: str) -> Iterator[Block]:
    ranges = f"-{_range(hunk.a_start, hunk.a_lines)} +{_range(hunk.b_start, hunk.b_lines)}"
    yield line(Span(f"@@ {ranges} @@", "tag"))
    rows = _rows([text[:1] + text[1:].expandtabs(_TAB) for text in hunk.lines], language)
    for is_changed, group in groupby(rows, key=lambda row: row.text[:1] in {"-", "+"}):
        lines = list(group)
        yield from _changed(lines) if is_changed else map(_plain, lines)


def _rows(texts: Sequence[str], language: str) -> list[_Row]:
    """The lines, those of each side read as one text: a string may go on from line to line."""
    said: dict[int, Sequence[tuple[str, str]]] = {}
    for side in ("-", "+") if language else ():
        places = [at for at, text in enumerate(texts) if text[:1] in {" ", side}]
        said |= dict(zip(places, coloured(language, [texts[at][1:] for at in places]) or (), strict=False))
    return [_Row(text, said.get(at, (("", text[1:]),))) for at, text in enumerate(texts)]


def _changed(rows: Sequence[_Row]) -> Iterator[Block]:
    """Lines that went and those in their place: one by one beside each other where there are as many of both."""
    gone = [row for row in rows if row.text.startswith("-")]
    come = [row for row in rows if row.text.startswith("+")]
    if len(gone) != len(come):
        yield from map(_plain, rows)
        return
    yield from (_marked(row, other.text) for row, other in zip(gone, come, strict=True))
    yield from (_marked(row, other.text) for row, other in zip(come, gone, strict=True))


def _marked(row: _Row, other: str) -> Block:
    """``row`` with what ``other`` does not have of it standing out."""
    text = row.text
    start = 1 + _shared(text[1:], other[1:])
    end = _shared(text[start:][::-1], other[start:][::-1])
    if _ALIKE * (start - 1 + end) < len(text) - 1:
        return _plain(row)
    stop = len(text) - end
    word = Span(text[start:stop], f"{_MEANING[text[0]]}-word")
    return line(*_spans(row, 0, start), word, *_spans(row, stop, len(text)))


def _plain(row: _Row) -> Block:
    return line(*_spans(row, 0, len(row.text)))


def _spans(row: _Row, start: int, stop: int) -> Iterator[Span]:
    """The line between two of its characters, in the colour of its sign where the language gives it no other."""
    meaning = _MEANING.get(row.text[:1], "")
    at = 0
    for kind, text in (("", row.text[:1]), *row.pieces):
        if part := text[max(0, start - at) : max(0, stop - at)]:
            yield Span(part, _look(kind, meaning))
        at += len(text)


def _look(kind: str, meaning: str) -> str:
    if kind == "comment":
        return f"{meaning}-comment" if meaning else "dim"
    return f"code-{kind}" if kind else meaning


def _shared(a: str, b: str) -> int:
    """How many characters both begin with."""
    return next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _range(start: int, lines: int) -> str:
    return str(start) if lines == 1 else f"{start},{lines}"
