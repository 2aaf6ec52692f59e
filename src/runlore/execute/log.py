"""What a command prints, kept within bounds and without what was overwritten on the screen."""

import os
from collections import deque

from runlore.records.run import Warn

LIMIT = 16 << 20
"""Bytes of a log that are kept: the first half, and the last."""
_LINE = 1 << 16
"""A line longer than this is kept piece by piece: what may still be overwritten is held in memory."""


class LogWriter:
    r"""Writes a log file. What was kept is in the file after every `write`; a failure to write is only remembered.

    A carriage return starts its line again, as a terminal shows it: of a progress bar the last state is
    kept. ``\r\n`` is an end of line.
    """

    def __init__(self, path: str, *, limit: int = LIMIT) -> None:
        """A new file at ``path``."""
        self._half = limit // 2
        self._size = 0
        self._line = b""
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self._dropped = 0
        self._error: OSError | None = None
        self._file = -1
        self.received = 0
        """Bytes the command printed."""
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        except OSError as error:
            self._error = error

    def write(self, data: bytes) -> None:
        """Take in what the command printed."""
        self.received += len(data)
        if self._error is not None:
            return
        if b"\r" not in data and not self._line:
            end = data.rfind(b"\n") + 1
            self._line = data[end:]
            self._keep(data[:end])
        else:
            self._keep(self._settle(data))
        if len(self._line) > _LINE:
            self._keep(self._line)
            self._line = b""

    def _settle(self, data: bytes) -> bytes:
        """The whole lines of what is held and ``data``, as they look in the end; the rest is held."""
        *lines, rest = (self._line + data).split(b"\n")
        self._line = _last_state(rest) if not rest.endswith(b"\r") else rest
        return b"".join(_last_state(line.removesuffix(b"\r")) + b"\n" for line in lines)

    def _keep(self, data: bytes) -> None:
        """Write up to the first half, then hold the newest."""
        room = self._half - self._size
        if room > 0 and data:
            self._put(data[:room])
            self._size += len(data[:room])
            data = data[room:]
        if data:
            self._tail.append(data)
            self._tail_size += len(data)
            while self._tail and self._tail_size - len(self._tail[0]) >= self._half:
                gone = self._tail.popleft()
                self._tail_size -= len(gone)
                self._dropped += len(gone)

    def _put(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            self._error = error

    def close(self) -> tuple[Warn, ...]:
        """Write what is still held; warnings if something could not be kept."""
        self._keep(_last_state(self._line))
        if self._dropped and self._error is None:
            self._put(b"\n[mlrun: %d bytes of output are not kept]\n" % self._dropped)
        if self._error is None:
            for data in self._tail:
                self._put(data)
        if self._file >= 0:
            os.close(self._file)
        if self._error is not None:
            why = self._error.strerror or "it could not be written"
            return (Warn(code="log-incomplete", message=f"the output is not kept in full: {why}"),)
        return ()


def _last_state(line: bytes) -> bytes:
    """What a terminal shows of a line in the end: each carriage return starts it again."""
    shown = line.rstrip(b"\r")
    start = shown.rfind(b"\r") + 1
    return shown[start:]
