"""The series of a run as one blob: ``docs/internals/store-format.md``, "Series". This half writes it."""

import struct
import sys
import zlib
from array import array
from collections.abc import Iterable
from itertools import chain
from operator import sub
from typing import NamedTuple

MAGIC = b"rls1"
HEADER = struct.Struct("<4sIIQQ")
"""Magic, blocks, bytes of the index, series, points."""
ROW = struct.Struct("<IIH")
"""Of the index: bytes of the block, its points, bytes of the name of its first series, which follows."""
COUNT, NAME_LENGTH = struct.Struct("<I"), struct.Struct("<H")

MAX_NAME_BYTES = 1024
MAX_POINTS = 1 << 24
BLOCK_POINTS = 16_384
BLOCK_BYTES = 1 << 20
"""What a block holds at most, before compression."""
_BLOCK_NAMES = 1 << 18
_LEVEL = 6
MAX_STEP = (1 << 62) - 1
"""Of a step or time, so that the difference of two fits 64 bits."""


class Series(NamedTuple):
    """One metric over a run: columns of equal length, in the order in which the points were logged.

    ``ats`` are nanoseconds since 1970 UTC, 0 where nobody knows.
    """

    name: str
    steps: "array[int]"
    ats: "array[int]"
    values: "array[float]"


def in_range(number: int) -> bool:
    """Whether a step or time can be written."""
    return -MAX_STEP <= number <= MAX_STEP


def name_bytes(name: str) -> bytes:
    """A name as it is written, by which series are sorted; raises ``ValueError`` for an empty or too long one."""
    if not 0 < len(name) <= MAX_NAME_BYTES:
        raise ValueError("the name is empty or too long")
    try:
        found = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character, which no encoding has
        found = name.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    if len(found) > MAX_NAME_BYTES:
        raise ValueError("the name is too long")
    return found


def name_text(name: bytes) -> str:
    """The name in these bytes; what is not UTF-8 as lone surrogates (PEP 383)."""
    return name.decode("utf-8", "surrogateescape")


def canonical_name(name: str) -> str | None:
    """The name as a reader will see it, ``None`` if a series cannot have it."""
    if name.isascii():
        return name if 0 < len(name) <= MAX_NAME_BYTES else None
    try:
        return name_text(name_bytes(name))
    except ValueError:
        return None


def encode_series(series: Iterable[Series]) -> bytes:
    """The blob of these series, which come sorted by `name_bytes`, no name twice; empty ones are left out.

    Raises:
        ValueError: they are not sorted, or too many points.
    """
    writer = _Writer()
    for each in series:
        if each.values:
            writer.add(each)
    return writer.finish()


class _Writer:
    """The blocks that are full, their index, and the one that is being filled."""

    def __init__(self) -> None:
        self._index = bytearray()
        self._blocks: list[bytes] = []
        self._block = _Block()
        self._series = self._points = 0
        self._last = b""

    def add(self, series: Series) -> None:
        """Append a series, in as many blocks as it takes."""
        name = name_bytes(series.name)
        count = len(series.values)
        self._series += 1
        self._points += count
        if name <= self._last:
            raise ValueError("series are not sorted by name")
        if self._points > MAX_POINTS:
            raise ValueError(f"more than {MAX_POINTS:,} points")
        self._last = name
        at = 0
        while at < count:
            if self._block.is_full():
                self._end_block()
            at = self._block.take(name, series, at)

    def finish(self) -> bytes:
        """The whole blob."""
        if self._block.segments:
            self._end_block()
        header = HEADER.pack(MAGIC, len(self._blocks), len(self._index), self._series, self._points)
        return b"".join((header, self._index, *self._blocks))

    def _end_block(self) -> None:
        block = self._block
        packed = zlib.compress(block.content(), _LEVEL)
        self._index += ROW.pack(len(packed), len(block.values), len(block.first)) + block.first
        self._blocks.append(packed)
        self._block = _Block()


class _Block:
    """Points of consecutive series, on their way to being compressed together."""

    def __init__(self) -> None:
        self.first = b""
        self.segments = 0
        self.values = array("d")
        self._names = bytearray()
        self._steps, self._ats = array("q"), array("q")

    def is_full(self) -> bool:
        """Whether the next points belong into another block."""
        return len(self.values) == BLOCK_POINTS or len(self._names) > _BLOCK_NAMES

    def take(self, name: bytes, series: Series, at: int) -> int:
        """Add the points of a series from ``at`` on as far as there is room; where the rest begins."""
        end = min(len(series.values), at + BLOCK_POINTS - len(self.values))
        self.first = self.first or name
        self.segments += 1
        self._names += NAME_LENGTH.pack(len(name)) + name + COUNT.pack(end - at)
        self._steps += series.steps[at:end]
        self._ats += series.ats[at:end]
        self.values += series.values[at:end]
        return end

    def content(self) -> bytes:
        """The bytes of the block."""
        columns = (_planes(_deltas(self._steps)), _planes(_deltas(self._ats)), _planes(self.values))
        return b"".join((COUNT.pack(self.segments), self._names, *columns))


def _deltas(column: "array[int]") -> "array[int]":
    return array("q", map(sub, column, chain((0,), column)))


def _planes(column: "array[int] | array[float]") -> bytes:
    """The first bytes of all numbers, then the second ones: like lies with like, and compresses to half."""
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    data = column.tobytes()
    return b"".join(data[place::8] for place in range(8))
