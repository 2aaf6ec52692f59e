"""Changed lines as unified diffs show them; of a line that only changed in part, that part stands out."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from runlore.insight.lines import Hunk
from runlore.ops.difference.results import CodeFile
from runlore.present.term.blocks import Block, Line, Span, line

_TAB = 8
_MEANING = {"+": "added", "-": "removed", "\\": "dim"}
_ALIKE = 2
"""A line is said to have changed in part where at least one in so many of its characters did not."""


def patch(files: tuple[CodeFile, ...]) -> Iterator[Block]:
    """Every file that has hunks or is binary, under a heading as git writes it; those that no run read are the last."""
    for each in sorted(files, key=lambda each: each.read is False):
        if each.hunks is None or not (each.hunks or each.binary):
            continue
        was = each.was or each.path
        yield Line()
        yield line(Span(f"--- {'/dev/null' if each.change == 'added' else f'a/{was}'}", "heading"))
        yield line(Span(f"+++ {'/dev/null' if each.change == 'removed' else f'b/{each.path}'}", "heading"))
        if each.binary:
            yield line(Span("Binary files differ", "dim"))
        for hunk in each.hunks or ():
            yield from _hunk(hunk)


def _hunk(hunk: Hunk) -> Iterator[Block]:
    ranges = f"-{_range(hunk.a_start, hunk.a_lines)} +{_range(hunk.b_start, hunk.b_lines)}"
    yield line(Span(f"@@ {ranges} @@", "tag"))
    texts = [text[:1] + text[1:].expandtabs(_TAB) for text in hunk.lines]
    for is_changed, group in groupby(texts, key=lambda text: text[:1] in {"-", "+"}):
        lines = list(group)
        yield from _changed(lines) if is_changed else (_plain(text) for text in lines)


def _changed(lines: Sequence[str]) -> Iterator[Block]:
    """Lines that went and those in their place: one by one beside each other where there are as many of both."""
    gone = [text for text in lines if text.startswith("-")]
    come = [text for text in lines if text.startswith("+")]
    if len(gone) != len(come):
        yield from map(_plain, lines)
        return
    yield from (_marked(text, other) for text, other in zip(gone, come, strict=True))
    yield from (_marked(text, other) for text, other in zip(come, gone, strict=True))


def _marked(text: str, other: str) -> Block:
    """``text`` with what ``other`` does not have of it standing out."""
    start = 1 + _shared(text[1:], other[1:])
    end = _shared(text[start:][::-1], other[start:][::-1])
    meaning = _MEANING[text[0]]
    if _ALIKE * (start - 1 + end) < len(text) - 1:
        return _plain(text)
    stop = len(text) - end
    return line(Span(text[:start], meaning), Span(text[start:stop], f"{meaning}-word"), Span(text[stop:], meaning))


def _shared(a: str, b: str) -> int:
    """How many characters both begin with."""
    return next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _plain(text: str) -> Block:
    return line(Span(text, _MEANING.get(text[:1], "")))


def _range(start: int, lines: int) -> str:
    return str(start) if lines == 1 else f"{start},{lines}"
