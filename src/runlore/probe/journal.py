"""The journal of the run, as a process of the run writes to it: a checked line an entry, one write a line."""

from __future__ import annotations

import os
import stat
from time import monotonic

from .interruption import is_the_scripts

try:
    from fcntl import F_DUPFD_CLOEXEC, fcntl
except ImportError:  # outside of a run the script may be on any system
    _HIGH: tuple[int, ...] = ()
else:
    _HIGH = (1000, 200)  # far from numbers that programs use, expect or close; the second is for a low limit
try:
    from binascii import crc32
except ImportError:  # a Python built without it

    def crc32(data: bytes, crc: int = 0, /) -> int:  # type: ignore[misc]  # as much of it as is needed
        """The CRC32 of zlib and ISO 3309."""
        crc ^= 0xFFFFFFFF
        for byte in data:
            crc ^= byte
            for _ in range(8):
                crc = (crc >> 1) ^ (0xEDB88320 & -(crc & 1))
        return crc ^ 0xFFFFFFFF


_PAUSE = 2.0  # seconds without another try after a write that failed
# No O_CREAT: a process that outlives its run must not bring the journal back.
_FLAGS = os.O_WRONLY | os.O_APPEND
for _name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC"):
    _FLAGS |= getattr(os, _name, 0)  # outside of a run the script may be on a system without them


class Journal:
    """The journal at ``path``. Writing to it never raises and never waits for another process.

    It needs no lock: a signal handler may write while its program does, and a fork finds nothing held.
    The descriptor stays open, and the program may close it under us (as daemons do with all they have) and
    get its number for a file of its own. So before every write the descriptor must stand where our last write
    ended, which costs a fifth of a microsecond; where it does not (another process has written, a fork
    shares it), `fstat` must name the journal. A descriptor that fails both is left alone and the journal
    opened anew.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file = -1
        self._spare = -1
        self._position = -1
        self._identity = (-1, -1)
        self._paused_until = 0.0
        self._lost = 0
        self._torn = False

    def write(self, entry: str) -> None:
        """Add an entry, a JSON object in ASCII. When this returns it survives the process."""
        line = _line(entry)
        try:
            self._append(line)
        except OSError as error:  # not open yet, closed by the program, or the disk is full
            if is_the_scripts(error):
                raise
            self._write_anew(line)

    def _append(self, line: bytes) -> None:
        """Write the line through the open descriptor; raises ``OSError`` unless all of it is in the journal."""
        file = self._file
        position = os.lseek(file, 0, os.SEEK_CUR)
        if self._torn or (position != self._position and not self._is_journal(file)):
            raise OSError
        written = os.write(file, line)
        self._position = position + written
        if written < len(line):
            self._torn = True
            raise OSError

    def _write_anew(self, line: bytes) -> None:
        """Write the line through a new descriptor if need be, unless that failed a moment ago."""
        if monotonic() < self._paused_until:
            self._lost += 1
            return
        torn, self._torn = self._torn, False
        try:
            self._open()
            # The torn line is ended first, or this one would be part of it.
            self._append((b"\n" if torn else b"") + (_line(_lost(self._lost)) if self._lost else b"") + line)
            self._lost = 0
        except OSError as error:
            self._torn |= torn
            if is_the_scripts(error):
                raise
            self._lost += 1
            self._end_torn_line()
            self._paused_until = monotonic() + _PAUSE
            self._spare, self._file = self._file, -1

    def _end_torn_line(self) -> None:
        """Spare the next line of another process, if the disk has room for one byte."""
        try:
            if self._torn and self._is_journal(self._file):
                self._torn = os.write(self._file, b"\n") < 1
        except OSError as error:
            if is_the_scripts(error):
                raise

    def _open(self) -> None:
        self._file = max(self._file, self._spare)
        self._spare = -1
        if self._file >= 0 and self._is_journal(self._file):
            return
        self._file = -1
        file = os.open(self._path, _FLAGS)
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            os.close(file)
            raise OSError
        self._identity = (found.st_dev, found.st_ino)
        self._file = _out_of_the_way(file)

    def _is_journal(self, file: int) -> bool:
        try:
            found = os.fstat(file)
        except OSError as error:
            if is_the_scripts(error):
                raise
            return False
        return (found.st_dev, found.st_ino) == self._identity


def _line(entry: str) -> bytes:
    data = entry.encode("ascii")
    return b"%08x %s\n" % (crc32(data), data)


def _lost(count: int) -> str:
    message = f"{count} entries of a process could not be written to the journal: disk full, or a limit on file sizes?"
    return '{"kind":"warning","code":"entries-lost","message":"' + message + '"}'


def _out_of_the_way(file: int) -> int:
    """A high descriptor in the place of ``file``, or ``file`` where that cannot be had."""
    for least in _HIGH:
        try:
            high = fcntl(file, F_DUPFD_CLOEXEC, least)
        except OSError as error:
            if is_the_scripts(error):
                os.close(file)
                raise
            continue
        os.close(file)
        return high
    return file
