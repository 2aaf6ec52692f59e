"""The bytes of a pickle, read with care: lengths in it may be lies."""

from typing import BinaryIO

from runlore.insight.compare.content import Content, Part, UnreadableError, read_exactly

_LARGE = 4 << 10
"""Bytes from here on stay where they are."""
_MAX_TEXT = 32 << 20
"""Of all names, text and small bytes."""
_MAX_LINE = 64 << 10


class Source:
    """A content and a place in it. `pickletools`' readers take it for a file."""

    def __init__(self, content: Content, file: BinaryIO) -> None:
        """``file`` is the content, opened."""
        self.content = content
        self._file = file
        self._left = _MAX_TEXT

    def read(self, count: int) -> bytes:
        """The next bytes; raises `UnreadableError` for too many."""
        self._left -= count
        if count < 0 or self._left < 0:
            raise UnreadableError("it holds too much text")
        return read_exactly(self._file, count)

    def readline(self) -> bytes:
        """The next line with its end."""
        line = self._file.readline(_MAX_LINE)
        self._left -= len(line)
        if self._left < 0 or not line.endswith(b"\n"):
            raise UnreadableError("a line has no end")
        return line

    def peek_end(self) -> bool:
        """Whether nothing follows."""
        place = self._file.tell()
        end = not self._file.read(1)
        self._file.seek(place)
        return end

    def bytes(self, width: int) -> bytes | Part:
        """Bytes after their length in ``width`` bytes; where they lie, if they are many."""
        length = int.from_bytes(self.read(width), "little")
        return self.read(length) if length < _LARGE else self.skip(length)

    def skip(self, length: int) -> Part:
        """Pass over bytes; where they lie."""
        start = self._file.tell()
        if length < 0 or start + length > self.content.size:
            raise UnreadableError("it is cut short")
        self._file.seek(start + length)
        return Part("bytes", self.content, start, length)
