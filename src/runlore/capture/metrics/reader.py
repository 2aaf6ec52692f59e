"""The series of a run as one blob: ``docs/internals/store-format.md``, "Series". This half reads it.

A stranger may have made it: whatever the bytes are, one block of at most 1 MiB is in memory beside what
is asked for, and what is wrong is a `MalformedSeriesError`.
"""

import os
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property
from io import BytesIO
from itertools import accumulate, groupby
from operator import attrgetter
from struct import error as struct_error
from typing import BinaryIO, NamedTuple

from runlore.capture.metrics.series import (
    BLOCK_BYTES,
    BLOCK_POINTS,
    COUNT,
    HEADER,
    MAGIC,
    MAX_NAME_BYTES,
    MAX_POINTS,
    NAME_LENGTH,
    ROW,
    Series,
    name_bytes,
    name_text,
)

_LONGEST = BLOCK_BYTES + 4096
"""What zlib makes of a block that it cannot compress is a little longer than the block."""


class MalformedSeriesError(ValueError):
    """Bytes that are no series, or of a version that is not known."""


class _Block(NamedTuple):
    """A row of the index: the block's first name, and where it lies in the file."""

    first: bytes
    offset: int
    length: int
    points: int


class _Segment(NamedTuple):
    """Consecutive points of one series in a block: ``points[start:end]`` of each column."""

    name: bytes
    start: int
    end: int


class _Open:
    """A block that was unpacked."""

    def __init__(self, content: bytes, block: _Block) -> None:
        self._content, self._points = content, block.points
        self.segments = {each.name: each for each in _segments(content, block)}

    @cached_property
    def columns(self) -> "tuple[array[int], array[int], array[float]]":
        """The steps, times and values of all its points."""
        return _columns(self._content, self._points)


class SeriesReader:
    """Series in an open file that can seek. The index is read at once, blocks when they are asked for.

    The last block that was asked for stays open: series that are read by name, in their order, open each block once.

    ``series`` and ``points`` count what is in it.

    Raises:
        MalformedSeriesError: here and in every method.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        header = file.read(HEADER.size)
        if len(header) < HEADER.size or not header.startswith(MAGIC):
            raise MalformedSeriesError("it does not begin as series do")
        _, blocks, index, self.series, self.points = HEADER.unpack(header)
        if self.points > MAX_POINTS or index > size:
            raise MalformedSeriesError("its header promises too much")
        self._blocks = _read_index(file.read(index), HEADER.size + index)
        end = self._blocks[-1].offset + self._blocks[-1].length if self._blocks else HEADER.size + index
        if len(self._blocks) != blocks or end != size or sum(each.points for each in self._blocks) != self.points:
            raise MalformedSeriesError("its index does not say what is in it")
        self._open: tuple[_Block, _Open] | None = None

    def names(self) -> Iterator[tuple[str, int]]:
        """Every name and how many points it has, sorted as in the file."""
        for name, same in groupby((segment for _, segment in self._in_order()), key=attrgetter("name")):
            yield name_text(name), sum(end - start for _, start, end in same)

    def read(self, name: str) -> Series | None:
        """The series of that name, ``None`` if there is none; opens no block but those that it may lie in."""
        return joined(self.pieces(name))

    def pieces(self, name: str) -> Iterator[Series]:
        """The series of that name in pieces of at most `BLOCK_POINTS`, in order; none if there is no such series."""
        try:
            wanted = name_bytes(name)
        except ValueError:
            return
        start = max(0, bisect_left(self._blocks, wanted, key=lambda block: block.first) - 1)
        for block in self._blocks[start:]:
            if block.first > wanted:
                break
            found = self._opened(block)
            if (segment := found.segments.get(wanted)) is not None:
                yield _piece(found, segment)

    def __iter__(self) -> Iterator[Series]:
        """Every series, sorted as in the file."""
        for _, same in groupby(self._in_order(), key=lambda pair: pair[1].name):
            if (found := joined(_piece(*pair) for pair in same)) is not None:
                yield found

    def _in_order(self) -> Iterator[tuple[_Open, _Segment]]:
        last = b""
        for block in self._blocks:
            opened = self._opened(block)
            for segment in opened.segments.values():
                if segment.name < last:
                    raise MalformedSeriesError("its names are not sorted")
                last = segment.name
                yield opened, segment

    def _opened(self, block: _Block) -> _Open:
        if self._open is None or self._open[0] is not block:
            self._open = block, _Open(self._content(block), block)
        return self._open[1]

    def _content(self, block: _Block) -> bytes:
        self._file.seek(block.offset)
        packed = self._file.read(block.length)
        unpacker = zlib.decompressobj()
        try:
            content = unpacker.decompress(packed, BLOCK_BYTES + 1)
        except zlib.error as error:
            raise MalformedSeriesError("a block is damaged") from error
        if not unpacker.eof or unpacker.unused_data or len(content) > BLOCK_BYTES:
            raise MalformedSeriesError("a block has not the length it should have")
        return content


def decode_series(data: bytes) -> Iterator[Series]:
    """Every series in the blob; raises `MalformedSeriesError`."""
    return iter(SeriesReader(BytesIO(data)))


def read_one(data: bytes, name: str) -> Series | None:
    """The series of that name in the blob, ``None`` if there is none; raises `MalformedSeriesError`."""
    return SeriesReader(BytesIO(data)).read(name)


def _read_index(data: bytes, offset: int) -> list[_Block]:
    """The rows of an index; ``offset`` is where the first block begins."""
    blocks: list[_Block] = []
    at = 0
    while at < len(data):
        if at + ROW.size > len(data):
            raise MalformedSeriesError("its index is cut short")
        length, points, name_length = ROW.unpack_from(data, at)
        at += ROW.size
        name = data[at : at + name_length]
        at += name_length
        if not 0 < name_length <= MAX_NAME_BYTES or at > len(data):
            raise MalformedSeriesError("its index names no series")
        if length > _LONGEST or not 0 < points <= BLOCK_POINTS:
            raise MalformedSeriesError("its index promises too much")
        if blocks and name < blocks[-1].first:
            raise MalformedSeriesError("its index is not sorted")
        blocks.append(_Block(name, offset, length, points))
        offset += length
    return blocks


def _segments(content: bytes, block: _Block) -> list[_Segment]:
    """What the beginning of a block says of its columns."""
    found: list[_Segment] = []
    try:
        (count,) = COUNT.unpack_from(content)
        at, point, last = COUNT.size, 0, b""
        for _ in range(count):
            (length,) = NAME_LENGTH.unpack_from(content, at)
            at += NAME_LENGTH.size + length
            name = content[at - length : at]
            (points,) = COUNT.unpack_from(content, at)
            at += COUNT.size
            if name <= last or len(name) > MAX_NAME_BYTES or points == 0:
                raise MalformedSeriesError("a block is not sorted by name")
            found.append(_Segment(name, point, point + points))
            point, last = point + points, name
    except struct_error as error:
        raise MalformedSeriesError("a block is cut short") from error
    if not found or found[0].name != block.first or point != block.points or len(content) != at + 24 * point:
        raise MalformedSeriesError("a block is not what the index says")
    return found


def _columns(content: bytes, points: int) -> "tuple[array[int], array[int], array[float]]":
    """The steps, times and values at the end of a block."""
    start = len(content) - 24 * points
    steps, ats = array("q", _column(content, start, points)), array("q", _column(content, start + 8 * points, points))
    values = array("d", _column(content, start + 16 * points, points))
    if sys.byteorder == "big":
        for column in (steps, ats):
            column.byteswap()
        values.byteswap()
    try:
        return array("q", accumulate(steps)), array("q", accumulate(ats)), values
    except OverflowError as error:
        raise MalformedSeriesError("a step or time is out of range") from error


def _column(content: bytes, start: int, points: int) -> bytes:
    """The numbers whose first bytes begin at ``start``, each with its bytes together."""
    data = bytearray(8 * points)
    for place in range(8):
        data[place::8] = content[start + place * points : start + (place + 1) * points]
    return bytes(data)


def joined(pieces: Iterable[Series]) -> Series | None:
    """The series that these are pieces of; ``None`` without any."""
    found: Series | None = None
    for piece in pieces:
        found = found or _empty(piece.name)
        _extend(found, piece)
    return found


def _empty(name: str) -> Series:
    return Series(name, array("q"), array("q"), array("d"))


def _piece(block: _Open, segment: _Segment) -> Series:
    steps, ats, values = block.columns
    part = slice(segment.start, segment.end)
    return Series(name_text(segment.name), steps[part], ats[part], values[part])


def _extend(series: Series, piece: Series) -> None:
    series.steps.extend(piece.steps)
    series.ats.extend(piece.ats)
    series.values.extend(piece.values)
