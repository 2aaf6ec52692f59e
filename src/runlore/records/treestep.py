"""From the bytes of one tree to those of a like one: only the rows in which they differ are decoded.

A project's folder changes in a few of its files from run to run, and there are thousands of runs.
"""

from collections.abc import Sequence
from typing import NamedTuple

from runlore.records.tree import MAGIC, Entry, MalformedTreeError, decode

_LENGTH_AT = 41
"""Where a row has the length of its name: after the kind, the id and the size."""
_NAME_AT = _LENGTH_AT + 2


class Rows(NamedTuple):
    """The bytes of a tree that was decoded, and where each of its rows begins; also where the last one ends."""

    data: bytes
    starts: Sequence[int]


class Step(NamedTuple):
    """The tree that was stepped to, and the entries that it has, and has not any more, beside the one before."""

    rows: Rows
    came: tuple[Entry, ...]
    went: tuple[Entry, ...]


NOTHING = Rows(MAGIC, (len(MAGIC),))
"""A folder in which nothing is."""


def step(before: Rows, data: bytes) -> Step:
    """From the tree ``before`` to the one of these bytes.

    Raises:
        MalformedTreeError: they are not a tree.
    """
    old, starts = before
    head = _alike_before(before, data)
    tail = _alike_after(before, data, head)
    begin, end, stop = starts[head], starts[tail], len(data) - (len(old) - starts[tail])
    first, last = max(0, head - 1), min(tail + 1, len(starts) - 1)
    try:
        # With the row before and the one after: that the rows are in order is seen at their names.
        around = decode(MAGIC + old[starts[first] : begin] + data[begin:stop] + old[end : starts[last]])
        came, went = around[head - first : len(around) - (last - tail)], decode(MAGIC + old[begin:end])
    except MalformedTreeError:
        # What is alike at the end need not begin with a row.
        came, went = decode(data), decode(old)
        head, tail, begin, stop = 0, len(starts) - 1, len(MAGIC), len(data)
    moved = len(data) - len(old)
    rest = starts[tail:] if not moved else [at + moved for at in starts[tail:]]
    found = Rows(data, [*starts[:head], *_starts(data, begin, stop), *rest])
    both = set(came) & set(went)
    return Step(
        found, tuple(each for each in came if each not in both), tuple(each for each in went if each not in both)
    )


def _alike_before(before: Rows, data: bytes) -> int:
    """How many rows the two have in common at the beginning; raises `MalformedTreeError` if it is no tree."""
    if not data.startswith(MAGIC):
        raise MalformedTreeError("not a tree")
    low, high = 0, len(before.starts) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if data.startswith(before.data[: before.starts[middle]]) else (low, middle - 1)
    return low


def _alike_after(before: Rows, data: bytes, head: int) -> int:
    """Which of the rows ``before`` is the first of those that the two have in common at the end."""
    room = len(data) - before.starts[head]
    low, high = head, len(before.starts) - 1
    while low < high:
        middle = (low + high) // 2
        rest = before.data[before.starts[middle] :]
        low, high = (low, middle) if len(rest) <= room and data.endswith(rest) else (middle + 1, high)
    return low


def _starts(data: bytes, at: int, stop: int) -> list[int]:
    """Where the rows from ``at`` to ``stop`` begin."""
    found = []
    while at < stop:
        found.append(at)
        at += _NAME_AT + data[at + _LENGTH_AT] + (data[at + _LENGTH_AT + 1] << 8)
    return found
