"""What gzip, zlib, bzip2 and xz hold, unpacked into a temporary file: in bounded memory, whatever they claim."""

import bz2
import lzma
import os
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

from runlore.insight.compare.content import PIECE, Content, UnreadableError, window
from runlore.insight.compare.look import Budget, Look

_READ = 16 << 10
_MEMBERS = 100_000
_XZ_MEMORY = 128 << 20
_SUFFIXES = (".gz", ".bz2", ".xz", ".lzma", ".z", ".zlib")


class Unpacked:
    """Bytes in a temporary file, or in memory while they are few; gone with the budget."""

    def __init__(self, name: str, pieces: Iterator[bytes], budget: Budget) -> None:
        """Takes all of the pieces; raises `UnreadableError` if the budget has an end before they do."""
        self.name, self.size = name, 0
        self._file = budget.temporary_file()
        for piece in pieces:
            budget.unpack(len(piece))
            self._file.write(piece)
            self.size += len(piece)

    def open(self) -> BinaryIO:
        """A new stream."""
        return window(self._file, 0, self.size, own=False)


def compare_unpacked(a: Content, b: Content, look: Look, place: str) -> None:
    """Write into ``look`` how what is packed in them differs; when and as what it was packed says nothing."""
    x, y = (Unpacked(_inner_name(each.name), _unpack(each), look.budget) for each in (a, b))
    look.parts(x, y, place)


def steady(content: Content, budget: Budget) -> Content:
    """The same bytes, where going back costs nothing; as it is if that is so already."""
    if not getattr(content, "is_packed", False):
        return content
    with content.open() as file:
        return Unpacked(content.name, iter(lambda: file.read(PIECE), b""), budget)


def _inner_name(name: str) -> str:
    base, suffix = os.path.splitext(name)
    if suffix.lower() == ".tgz":
        return base + ".tar"
    return base if suffix.lower() in _SUFFIXES else name


class _Unpacker(Protocol):
    """As `bz2` and `lzma` have them."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Zlib:
    """zlib's unpacker in the form of the others."""

    def __init__(self, bits: int) -> None:
        self._inner = zlib.decompressobj(bits)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def _unpacker(start: bytes) -> Callable[[], _Unpacker]:
    if start.startswith(b"\x1f\x8b"):
        return lambda: _Zlib(31)
    if start.startswith(b"BZh"):
        return bz2.BZ2Decompressor
    if start.startswith(b"\x78"):
        return lambda: _Zlib(15)
    return lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY)


def _unpack(content: Content) -> Iterator[bytes]:
    with content.open() as file:
        data = file.read(_READ)
        make = _unpacker(data)
        unpacker = make()
        for _ in range(_MEMBERS):
            while not unpacker.eof:
                if not data and unpacker.needs_input and not (data := file.read(_READ)):
                    raise UnreadableError("it is cut short")
                yield unpacker.decompress(data, PIECE)
                data = b""
            data = unpacker.unused_data or file.read(_READ)
            if not data.strip(b"\0"):  # as tar and tape writers pad
                return
            unpacker = make()
    raise UnreadableError("it has too many members")
