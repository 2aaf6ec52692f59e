"""What is compared: named bytes that can be opened again and again, and parts of them."""

import io
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PIECE = 1 << 20
"""Bytes in memory at a time, of each side."""


class Content(Protocol):
    """Bytes with a name, which need not be a path, and a size."""

    @property
    def name(self) -> str:
        """What the file is called; its ending may say what format it has."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def open(self) -> BinaryIO:
        """A new stream from the first byte on, which can seek."""


class Comparison(NamedTuple):
    """Whether two files say the same.

    ``sameness`` is ``identical`` (the bytes), ``equal`` (other bytes, same values), ``within-tolerance``,
    ``different``, or ``unreadable``: the bytes differ, and nobody could say whether the values do. ``detail``
    is a line for a person, empty if there is nothing to say. ``deviation`` is the largest of
    ``|a - b| / max(|a|, |b|)`` over all pairs of numbers, infinite where a number stands against NaN or an
    infinity, and ``None`` where there are no numbers or more than numbers differs.
    """

    sameness: str
    detail: str
    deviation: float | None


class UnreadableError(ValueError):
    """The bytes are not what they seem to be, or more than we are ready to read."""


class Held(NamedTuple):
    """Bytes in memory."""

    name: str
    data: bytes

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.data)

    def open(self) -> BinaryIO:
        """A new stream."""
        return io.BytesIO(self.data)


class Path(NamedTuple):
    """A file on disk, opened where it lies."""

    name: str
    path: str

    @property
    def size(self) -> int:
        """How many bytes there are now."""
        return os.stat(self.path).st_size

    def open(self) -> BinaryIO:
        """A new stream."""
        return open(self.path, "rb")


class Part(NamedTuple):
    """Some of the bytes of another content."""

    name: str
    whole: Content
    start: int
    size: int

    def open(self) -> BinaryIO:
        """A new stream over this part alone."""
        return window(self.whole.open(), self.start, self.size, own=True)


def window(file: BinaryIO, start: int, size: int, *, own: bool) -> BinaryIO:
    """A stream over bytes of ``file``, with a place of its own; closing it closes ``file`` if it is its ``own``."""
    return cast("BinaryIO", io.BufferedReader(_Window(file, start, size, own=own), 1 << 16))


class _Window(io.RawIOBase):
    """Several of them can share a file, in one thread."""

    def __init__(self, file: BinaryIO, start: int, size: int, *, own: bool) -> None:
        self._file, self._start, self._size, self._own = file, start, size, own
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("before the first byte")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        wanted = max(0, min(len(view), self._size - self._at))
        self._file.seek(self._start + self._at)
        found = self._file.read(wanted)
        view[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        if not self.closed and self._own:
            self._file.close()
        super().close()


def read_exactly(file: BinaryIO, count: int) -> bytes:
    """The next ``count`` bytes, which the caller has bounded; raises `UnreadableError` if they are not there."""
    found = file.read(count)
    if len(found) < count:  # a raw stream may give less without being at its end
        pieces = [found]
        left = count - len(found)
        while left and (piece := file.read(left)):
            pieces.append(piece)
            left -= len(piece)
        if left:
            raise UnreadableError("it is cut short")
        found = b"".join(pieces)
    return found


def read_whole(content: Content, most: int) -> bytes:
    """All bytes; raises `UnreadableError` for more than ``most``."""
    if content.size > most:
        raise UnreadableError(f"it has more than {most >> 20} MiB")
    with content.open() as file:
        return read_exactly(file, content.size)


def first_byte(content: Content, start: int) -> bytes:
    """The first byte from ``start`` on that is not zero; nothing if there is none."""
    with content.open() as file:
        file.seek(start)
        while piece := file.read(PIECE):
            if rest := piece.lstrip(b"\0"):
                return rest[:1]
    return b""


def head(content: Content, count: int) -> bytes:
    """The first bytes, fewer if there are no more."""
    with content.open() as file:
        return file.read(count)


def first_difference(a: Content, b: Content) -> int | None:
    """Where the bytes first differ, ``None`` if nowhere; of two lengths, where the shorter one ends."""
    with a.open() as left, b.open() as right:
        for at, x, y in _pieces(left, right):
            if x != y:
                ends = min(len(x), len(y))
                return at + next((place for place in range(ends) if x[place] != y[place]), ends)
    return None


def _pieces(a: BinaryIO, b: BinaryIO) -> Iterator[tuple[int, bytes, bytes]]:
    at = 0
    while True:
        x, y = _full(a), _full(b)
        if not x and not y:
            return
        yield at, x, y
        at += len(x)


def _full(file: BinaryIO) -> bytes:
    """A whole piece, but at the end."""
    piece = file.read(PIECE)
    while 0 < len(piece) < PIECE and (more := file.read(PIECE - len(piece))):
        piece += more
    return piece
