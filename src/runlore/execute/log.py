"""What a command prints, kept within bounds and without what was overwritten on the screen."""

import contextlib
import os
import re
import threading
from collections.abc import Callable

from runlore.records.run import Warn

LIMIT = 16 << 20
"""Bytes of a log that are kept: the first half, and the last."""
_LINE = 1 << 16
"""A line longer than this is kept piece by piece: what may still be overwritten is held in memory."""
_WORD_END = re.compile(rb"[^\w+/=.~:@-][\w+/=.~:@-]*\Z")
_LONGEST_WORD = 1 << 12
"""A word that may be a secret is not kept in two pieces, unless it is longer than that."""

Redact = Callable[[bytes, bool], bytes]
"""What may be kept of whole lines (``True``), or of one that may go on and is given again (``False``)."""


class LogWriter:
    r"""Writes a log file; threads may share it. A failure is only remembered: who carries the output goes on.

    A carriage return starts its line again, as a terminal shows it: of a progress bar the last state is
    kept. ``\r\n`` is an end of line. All that is kept is in the file after every `write`, in order, so
    that a kill loses nothing; meanwhile the file may be half as large again as its limit.
    """

    def __init__(self, path: str, *, limit: int = LIMIT, redact: Redact | None = None) -> None:
        """A new file at ``path``; nothing is kept if that is the null device, nor what ``redact`` takes out."""
        self._redact: Redact = redact or _as_it_is
        self._half = limit // 2
        self._settled = 0  # bytes of whole lines, kept or not
        self._size = 0  # bytes of them in the file
        self._end = 0  # of the file: after them comes the line that may still be overwritten
        self._line = b""
        self._lock = threading.Lock()
        self._error: str | None = None
        self._file = -1
        self.received = 0
        """Bytes the command printed."""
        if path == os.devnull:
            return
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        except OSError as error:
            self.fail(error)

    def write(self, data: bytes) -> None:
        """Take in what the command printed."""
        with self._lock:
            self.received += len(data)
            if self._file < 0:
                return
            try:
                self._append(self._settle(data))
                if self._size > 3 * self._half:
                    self._shorten()
            except (OSError, ImportError, MemoryError) as error:  # rules are loaded when first needed
                self.fail(error)

    def close(self) -> tuple[Warn, ...]:
        """Nothing more is kept; warnings if something could not be."""
        with self._lock:
            try:
                if self._file >= 0:
                    rest, self._line = self._redact(_last_state(self._line), True), b""
                    self._append(rest)
                    if self._settled > 2 * self._half:
                        self._shorten()
                    os.close(self._file)
            except (OSError, ImportError, MemoryError) as error:
                self.fail(error)
            self._file = -1
        if self._error is None:
            missing = self._settled - 2 * self._half
            if missing <= 0:
                return ()
            message = f"{missing:,} bytes in the middle of the output are not kept"
            return (Warn(code="log-shortened", message=message),)
        return (Warn(code="log-incomplete", message=f"the output is not kept in full: {self._error}"),)

    def _settle(self, data: bytes) -> bytes:
        """The whole lines of what is held and ``data``, as they look in the end; the rest is held."""
        text = self._line + data
        end = text.rfind(b"\n") + 1
        whole, rest = text[:end], text[end:]
        if b"\r" in whole:
            whole = b"\n".join(map(_last_state, whole.split(b"\n")))
        if b"\r" in rest:
            rest = _last_state(rest) + rest[-1:] * rest.endswith(b"\r")
        if len(rest) > _LINE:
            cut = _word_start(rest)
            whole, rest = whole + rest[:cut], rest[cut:]
        self._line = rest
        return self._redact(whole, True) if whole else whole

    def _append(self, whole: bytes) -> None:
        """Put lines into the file, and after them what the one that is being written looks like now."""
        data = whole + self._redact(_last_state(self._line), False)
        self._put(data, self._size)
        end = self._size + len(data)
        if end < self._end:
            os.ftruncate(self._file, end)
        self._end = end
        self._size += len(whole)
        self._settled += len(whole)

    def _shorten(self) -> None:
        """Leave out the middle: keep the first half, say how much is missing, and keep the newest."""
        start = self._size - self._half
        newest = os.pread(self._file, self._end - start, start)
        gap = b"\n[mlrun: %d bytes of output are not kept]\n" % (self._settled - 2 * self._half)
        self._put(gap + newest, self._half)
        self._size = 2 * self._half + len(gap)
        self._end = self._half + len(gap) + len(newest)
        os.ftruncate(self._file, self._end)

    def _put(self, data: bytes, at: int) -> None:
        rest = memoryview(data)
        while rest:
            written = os.pwrite(self._file, rest, at)
            rest, at = rest[written:], at + written

    def fail(self, error: OSError | ImportError | MemoryError) -> None:
        """Keep nothing from now on, and say why in the end."""
        self._error = (error.strerror if isinstance(error, OSError) else str(error)) or "it could not be written"
        if self._file >= 0:
            file, self._file = self._file, -1
            with contextlib.suppress(OSError):  # on a network disk that is full this fails as well
                os.close(file)


def _last_state(line: bytes) -> bytes:
    """What a terminal shows of a line in the end: each carriage return starts it again."""
    shown = line.rstrip(b"\r")
    return shown[shown.rfind(b"\r") + 1 :]


def _word_start(line: bytes) -> int:
    """Where the last word of a line begins; its end if that is a very long one."""
    found = _WORD_END.search(line, len(line) - _LONGEST_WORD)
    return len(line) if found is None else found.start() + 1


def _as_it_is(data: bytes, _ended: bool) -> bytes:
    return data
