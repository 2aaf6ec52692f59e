"""Where an interpreter that is watched by its audit events notes what it saw: one file for a whole run."""

from __future__ import annotations

import os
import sys
from time import time_ns

NOTHING = os.stat_result((0,) * 10, {"st_mtime_ns": 0, "st_ctime_ns": 0})
_LOST = b"\n00000000 lost\n"
_MOST_BYTES = 1 << 29
_HIGH = (1000, 200)  # descriptors far from those that programs use, expect or close; the second is for a low limit
_PIECE = 1 << 20
_ENCODING, _ERRORS = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]


def absolute(path: Path, at: int = -1) -> bytes:
    """The path from the root, or from the folder that is open as ``at``. Links are followed by who reads the log."""
    name = encoded(path)
    if name.startswith(b"/"):
        return os.path.realpath(name) if name.startswith((b"/proc/", b"/dev/")) else name  # some lead to ourselves
    folder = os.getcwdb() if at < 0 else os.readlink(b"/proc/self/fd/%d" % at)
    return folder + b"/" + name


def encoded(path: Path) -> bytes:
    """The path as the system knows it."""
    return path.encode(_ENCODING, _ERRORS) if isinstance(path, str) else os.fsencode(path)


class Log:
    """A line a note, checked, in one write; any number of processes.

    The descriptor stays open out of the way. The program may close it and get its number for a file of its own,
    so before each write it must stand where our last one ended, or be that of the log.
    """

    def __init__(self, path: str) -> None:
        """The log at ``path`` must be there already."""
        from binascii import crc32  # noqa: PLC0415 - a shared library in some builds: only who is watched pays for it

        self._check = crc32
        self._path = path
        self._file = self._position = -1
        self._identity = (-1, -1)
        self._lost = self._full = False

    def note(self, kind: bytes, path: bytes, other: bytes = b"", found: os.stat_result = NOTHING, new: int = 0) -> None:
        """Add a line, if that can be: of a file in the state ``found``, or one that is ``new``."""
        text = b"%b %d %d %d %d %d %d %d %d %b" % (
            kind, os.getpid(), time_ns(), new,
            found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino,
            path + b"\0" + other if other else path,
        )  # fmt: skip
        if b"\n" in text or b"\\" in text:
            text = text.replace(b"\\", b"\\\\").replace(b"\n", b"\\n")
        try:
            self._write(b"%08x %b\n" % (self._check(text), text))
        except OSError:
            self._lost = True

    def _write(self, line: bytes) -> None:
        try:
            position = os.lseek(self._file, 0, os.SEEK_CUR)
            ours = position == self._position or self._is_log()
        except OSError:
            ours = False
        if not ours:
            position = self._open()
        if position > _MOST_BYTES:
            if self._full:
                return
            self._full = self._lost = True
            line = b""
        if self._lost:  # on a line of its own, also after one that was cut short
            line = _LOST + line
        written = os.write(self._file, line)
        self._lost = written < len(line)
        self._position = position + written  # further on if another process has written: then we look who we are

    def _is_log(self) -> bool:
        found = os.fstat(self._file)
        return (found.st_dev, found.st_ino) == self._identity

    def _open(self) -> int:
        # No O_CREAT: a process that outlives its run must not bring the log back.
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_NOCTTY | os.O_NOFOLLOW | os.O_CLOEXEC)
        found = os.fstat(file)
        self._identity = (found.st_dev, found.st_ino)
        self._file = _out_of_the_way(file)
        return os.lseek(self._file, 0, os.SEEK_END)


def copied(source: Path, target: str) -> bool:
    """Whether the file could be copied; what could not be copied as a whole is not left."""
    try:
        read = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            write = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                _copy(read, write)
            finally:
                os.close(write)
        finally:
            os.close(read)
    except OSError:
        if os.path.lexists(target):
            os.unlink(target)
        return False
    return True


def _copy(read: int, write: int) -> None:
    piece = os.read(read, _PIECE)
    while piece:
        while piece:
            piece = piece[os.write(write, piece) :]
        piece = os.read(read, _PIECE)


def _out_of_the_way(file: int) -> int:
    """A high descriptor in the place of ``file``, or ``file`` where that cannot be had."""
    for least in _HIGH:
        for number in range(least, least + 20):
            if not _is_open(number):
                try:
                    os.dup2(file, number, inheritable=False)
                except OSError:
                    break  # beyond the limit
                os.close(file)
                return number
    return file


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
