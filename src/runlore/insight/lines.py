"""Which lines of two texts are others: anchored at the lines that each has once, as patience diff does.

Bram Cohen's patience diff finds what a person would point at, and takes n log n steps where the lines are mostly
distinct. Between anchors `difflib` looks at what is small; a large piece in which nothing is unique is another piece.

It is not git that does this: git wants files on the disk for it, and heeds attributes and settings that name programs.
"""

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_SMALL = 200 * 200
"""Pairs of lines that difflib may look at: it takes the square of that at worst."""
_LOOKS = 40
"""How often all lines may be looked at, however the texts are made."""
_CONTEXT = 3
_SNIFFED = 8000
"""Bytes in which a NUL says that a file is binary, as for git."""


class Change(NamedTuple):
    """Lines ``a_start:a_end`` of the first text stand in the place of ``b_start:b_end`` of the second."""

    a_start: int
    a_end: int
    b_start: int
    b_end: int


class Hunk(NamedTuple):
    """Changes that lie near each other, as unified diffs have them; lines are counted from 1.

    ``lines`` each begin with a space (in both), ``-`` or ``+``, or are git's remark about a missing last newline.
    Bytes that are not UTF-8 are lone surrogates.
    """

    a_start: int
    a_lines: int
    b_start: int
    b_lines: int
    lines: tuple[str, ...]


def is_binary(data: bytes) -> bool:
    """Whether this is no text."""
    return b"\0" in data[:_SNIFFED]


def lines_of(data: bytes) -> list[bytes]:
    """The lines with their ends; only a newline ends one."""
    lines = data.split(b"\n")
    last = lines.pop()
    return [each + b"\n" for each in lines] + ([last] if last else [])


def changes(a: Sequence[bytes], b: Sequence[bytes]) -> list[Change]:
    """What has to be put in whose place to make ``b`` of ``a``, from the first line on."""
    found: list[Change] = []
    waiting = [Change(0, len(a), 0, len(b))]
    left = _LOOKS * (len(a) + len(b))
    while waiting:
        each = _trimmed(a, b, waiting.pop())
        here, there = each.a_end - each.a_start, each.b_end - each.b_start
        left -= here + there
        if not here or not there:
            found += [each] if here or there else []
        elif left > 0 and (anchors := _anchors(a, b, each)):
            waiting += _between(each, anchors)
        elif here * there <= _SMALL:
            found += _matched(a, b, each)
        else:
            found.append(each)
    return sorted(found)


def hunks(a: Sequence[bytes], b: Sequence[bytes], found: Sequence[Change]) -> Iterator[Hunk]:
    """The changes with three lines around them."""
    group: list[Change] = []
    for each in found:
        if group and each.a_start - group[-1].a_end > 2 * _CONTEXT:
            yield _hunk(a, b, group)
            group = []
        group.append(each)
    if group:
        yield _hunk(a, b, group)


def likeness(a: bytes, b: bytes) -> float:
    """How much of the larger of two texts is in the other, by whole lines: from 0 to 1."""
    left, right = Counter(lines_of(a)), Counter(lines_of(b))
    shared = sum(len(text) * min(many, right[text]) for text, many in left.items())
    return shared / max(len(a), len(b), 1)


def _trimmed(a: Sequence[bytes], b: Sequence[bytes], each: Change) -> Change:
    """Without the lines that are the same at both ends."""
    i, i_end, j, j_end = each
    while i < i_end and j < j_end and a[i] == b[j]:
        i, j = i + 1, j + 1
    while i < i_end and j < j_end and a[i_end - 1] == b[j_end - 1]:
        i_end, j_end = i_end - 1, j_end - 1
    return Change(i, i_end, j, j_end)


def _anchors(a: Sequence[bytes], b: Sequence[bytes], each: Change) -> list[tuple[int, int]]:
    """Places of lines that both have exactly once, as many as are in one order in both."""
    mine = _once(a, each.a_start, each.a_end)
    theirs = _once(b, each.b_start, each.b_end)
    pairs = [(at, theirs[text]) for text, at in mine.items() if text in theirs]
    ends: list[int] = []
    rows: list[int] = []
    before: list[int] = []
    for number, (_, there) in enumerate(pairs):
        place = bisect_left(ends, there)
        before.append(rows[place - 1] if place else -1)
        ends[place : place + 1] = [there]
        rows[place : place + 1] = [number]
    found = []
    at = rows[-1] if rows else -1
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]


def _once(lines: Sequence[bytes], start: int, end: int) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    again = set()
    for at in range(start, end):
        if lines[at] in found:
            again.add(lines[at])
        found[lines[at]] = at
    return {text: at for text, at in found.items() if text not in again}


def _between(each: Change, anchors: Sequence[tuple[int, int]]) -> Iterator[Change]:
    i, j = each.a_start, each.b_start
    for here, there in anchors:
        yield Change(i, here, j, there)
        i, j = here + 1, there + 1
    yield Change(i, each.a_end, j, each.b_end)


def _matched(a: Sequence[bytes], b: Sequence[bytes], each: Change) -> Iterator[Change]:
    here, there = a[each.a_start : each.a_end], b[each.b_start : each.b_end]
    for tag, i, i_end, j, j_end in difflib.SequenceMatcher(None, here, there, autojunk=False).get_opcodes():
        if tag != "equal":
            yield Change(each.a_start + i, each.a_start + i_end, each.b_start + j, each.b_start + j_end)


def _hunk(a: Sequence[bytes], b: Sequence[bytes], group: Sequence[Change]) -> Hunk:
    start, end = max(0, group[0].a_start - _CONTEXT), min(len(a), group[-1].a_end + _CONTEXT)
    other_start = group[0].b_start - (group[0].a_start - start)
    other_end = group[-1].b_end + (end - group[-1].a_end)
    said: list[str] = []
    at = start
    for each in group:
        said += _said(" ", a[at : each.a_start])
        said += _said("-", a[each.a_start : each.a_end])
        said += _said("+", b[each.b_start : each.b_end])
        at = each.a_end
    said += _said(" ", a[at:end])
    # Of nothing, the line before it is named.
    first, other = start + (end > start), other_start + (other_end > other_start)
    return Hunk(first, end - start, other, other_end - other_start, tuple(said))


def _said(mark: str, lines: Sequence[bytes]) -> Iterator[str]:
    for each in lines:
        yield mark + each.removesuffix(b"\n").decode("utf-8", "surrogateescape")
        if not each.endswith(b"\n"):
            yield "\\ No newline at end of file"
