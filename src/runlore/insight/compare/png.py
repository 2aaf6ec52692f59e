"""PNG by its pixels (ISO/IEC 15948): size, kind, palette, transparency; not by text, times or how it was packed."""

import struct
import zlib
from collections.abc import Iterator
from itertools import accumulate
from typing import BinaryIO, NamedTuple

from runlore.insight.compare.content import Content, UnreadableError, read_exactly
from runlore.insight.compare.look import Look

MAGIC = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">IIBBBBB")
_MAX_PIXELS = 64 << 20
"""Bytes of all rows, as they are unpacked."""
_MAX_UNFILTERED = 8 << 20
"""Above this, rows that were packed in another way are not put together to be compared."""
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_KEPT = (b"PLTE", b"tRNS", b"acTL", b"fcTL", b"fdAT")
_MAX_KEPT = 16 << 20
_PIECE = 64 << 10


class _Image(NamedTuple):
    """What the header says; ``kept`` what else decides how the image looks; ``rows`` each with its filter."""

    width: int
    height: int
    kind: tuple[int, ...]
    kept: bytes
    rows: bytes
    row: int
    pixel: int


def compare_png(a: Content, b: Content, look: Look, place: str) -> None:
    """Write into ``look`` how many pixels differ."""
    x, y = _read(a), _read(b)
    if (x.width, x.height) != (y.width, y.height):
        look.differ(place, f"images of {x.width}x{x.height} and {y.width}x{y.height} pixels")
    elif x.kind != y.kind or x.kept != y.kept:
        look.differ(place, "other kinds of pixels, or another palette")
    elif x.rows != y.rows:
        if len(x.rows) > _MAX_UNFILTERED or x.kind[-1]:
            raise UnreadableError("the image is too large or interlaced, and packed in another way")
        count = sum(_differing(p, q, x.pixel) for p, q in zip(_unfiltered(x), _unfiltered(y), strict=True))
        if count:
            look.differ(place, f"{count:,} of {x.width * x.height:,} pixels differ")


def _read(content: Content) -> _Image:
    with content.open() as file:
        if read_exactly(file, len(MAGIC)) != MAGIC:
            raise UnreadableError("it does not begin as PNG files do")
        length, name = _chunk(file)
        if (length, name) != (_HEADER.size, b"IHDR"):
            raise UnreadableError("it has no header")
        width, height, depth, color, *rest = _HEADER.unpack(read_exactly(file, length))
        read_exactly(file, 4)
        bits = _CHANNELS.get(color, 0) * depth
        row = 1 + (width * bits + 7) // 8
        if not bits or depth > 16 or not width or not height or row * height > _MAX_PIXELS:  # noqa: PLR2004
            raise UnreadableError("it is too large, or of an unknown kind")
        interlaced = rest[-1]
        kept, rows = _chunks(file, _MAX_PIXELS if interlaced else row * height)
    if not interlaced and len(rows) != row * height:
        raise UnreadableError("it is cut short")
    return _Image(width, height, (depth, color, *rest), kept, rows, row, max(1, bits // 8))


def _chunk(file: BinaryIO) -> tuple[int, bytes]:
    length, name = struct.unpack(">I4s", read_exactly(file, 8))
    return length, name


def _chunks(file: BinaryIO, most: int) -> tuple[bytes, bytes]:
    """The chunks that decide how the image looks, and the rows; checks are not verified: the store's are."""
    kept, rows = bytearray(), bytearray()
    unpacker = zlib.decompressobj()
    while True:
        length, name = _chunk(file)
        if name == b"IEND":
            if length or len(file.read(5)) != 4:  # noqa: PLR2004 - the last check
                raise UnreadableError("something follows its end")
            return bytes(kept), bytes(rows)
        if name == b"IDAT":
            while length:
                piece = read_exactly(file, min(length, _PIECE))
                length -= len(piece)
                rows += unpacker.decompress(piece, most + 1 - len(rows))
                if len(rows) > most or unpacker.unconsumed_tail:
                    raise UnreadableError("it unpacks to more than its header says")
        elif name in _KEPT:
            if len(kept) + length > _MAX_KEPT:
                raise UnreadableError("it has too many parts")
            kept += name + read_exactly(file, length)
        else:
            file.seek(length, 1)
        read_exactly(file, 4)


def _differing(x: bytes, y: bytes, pixel: int) -> int:
    if x == y:
        return 0
    return sum(x[at : at + pixel] != y[at : at + pixel] for at in range(0, len(x), pixel))


def _unfiltered(image: _Image) -> Iterator[bytes]:
    """The rows as they were before each was filtered (chapter 9 of the standard)."""
    above = bytes(image.row - 1)
    for start in range(0, len(image.rows), image.row):
        filtered = image.rows[start + 1 : start + image.row]
        above = _unfilter(image.rows[start], filtered, above, image.pixel)
        yield above


def _unfilter(kind: int, row: bytes, above: bytes, pixel: int) -> bytes:
    if kind == 0:
        return row
    if kind == 1:
        found = bytearray(len(row))
        for channel in range(min(pixel, len(row))):
            found[channel::pixel] = bytes(each & 255 for each in accumulate(row[channel::pixel]))
        return bytes(found)
    if kind == 2:  # noqa: PLR2004 - the standard's number
        return bytes((x + y) & 255 for x, y in zip(row, above, strict=True))
    if kind not in (3, 4):
        raise UnreadableError("a row is filtered in an unknown way")
    predict = _average if kind == 3 else _paeth  # noqa: PLR2004 - likewise
    found = bytearray(pixel) + row
    corner = bytes(pixel) + above
    for place, (up, diagonal) in enumerate(zip(above, corner, strict=False)):
        found[place + pixel] = (row[place] + predict(found[place], up, diagonal)) & 255
    return bytes(found[pixel:])


def _average(left: int, up: int, _: int) -> int:
    return (left + up) // 2


def _paeth(left: int, up: int, diagonal: int) -> int:
    guess = left + up - diagonal
    return min(((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - diagonal), 2, diagonal)))[2]
