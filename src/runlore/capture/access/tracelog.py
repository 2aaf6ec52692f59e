"""The log of the preloaded library: made before a run, read after it.

docs/internals/native-observer.md has its format.
"""

import contextlib
import errno
import os
import re
import struct
import sys
import zlib
from collections.abc import Generator, Iterator
from functools import lru_cache
from typing import Any

from runlore.capture.access import touch
from runlore.capture.access.observer import Place
from runlore.capture.access.touch import Touch

NAME = "trace"
"""The log's name in the run's folder. The tables that the library adds are named `trace.2` and `trace.3`."""

_MAGIC = b"RLTRACE1"
_HEADER = struct.Struct("<8sQQqQ6Q8x")
_RECORD = struct.Struct("<IIBBHIQHH36s")
_IPV4, _IPV6 = 16, 28
"""Bytes of a socket address."""
_UNIT, _FIRST, _LAST = 65536, 2, 16384
_NAME = 2000
"""Bytes for a path in the header, its end included."""
_LONGEST = _RECORD.size + 2 * 4096 + 8
_COPIES = 16
"""How many times the limit for one file all copies of a run may take together."""
_PATIENCE = 200_000
"""How often in one log the next record is searched for. What a killed process leaves needs at most 1,000."""
_WINDOW = 4096
"""How many records are put in order at once. Only a pause between looking at the clock and writing disorders them."""
_GET_FLAGS, _SET_FLAGS, _NO_COPY_ON_WRITE = 0x80086601, 0x40086602, 0x00800000

_KINDS = {
    1: touch.READ,
    2: touch.WRITE,
    3: touch.UPDATE,
    4: touch.LIST,
    5: touch.RENAME,
    6: touch.SAVED,
    7: touch.EXEC,
    8: touch.EXEC_FAILED,
    9: touch.START,
    10: touch.CONNECT,
    11: touch.RESOLVE,
    12: touch.LINK,
}
_TWO_NAMES = (touch.RENAME, touch.LINK)
_PROGRAMS = (touch.EXEC, touch.EXEC_FAILED, touch.START)
_REASONS = (
    b"the disk, a quota or a limit on file sizes left no room for the log",
    b"a process had no address space left for the log",
    b"a process could not open the log any more",
    b"the log is full",
    b"a path was too long or could not be found out",
    b"too many files were to be set aside at once",
)
_SOMETHING = re.compile(rb"[^\0]")
_SAVED_NAME = re.compile(rb"[0-9a-f]{16}")
_NO_STATE = bytes(36)


def create(place: Place, started_at: int) -> str:
    """The absolute path of a new log in ``place``, ready to be appended to; makes the folder for what is set aside.

    Raises:
        OSError: it exists, or cannot be written, or its path is longer than 1,999 bytes.
    """
    path = os.path.abspath(f"{place.folder}/{NAME}")
    names = [os.fsencode(each) for each in (os.path.abspath(place.saved), path)]
    if max(map(len, names)) >= _NAME:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), path)
    header = _HEADER.pack(_MAGIC, started_at, place.limit, place.limit * _COPIES, _FIRST, *bytes(len(_REASONS)))
    os.makedirs(place.saved, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _keep_in_place(file)
        os.posix_fallocate(file, 0, (_FIRST + 1) * _UNIT)
        os.pwrite(file, header + b"".join(name.ljust(_NAME, b"\0") for name in names), 0)
    finally:
        os.close(file)
    return path


def touches(folder: str) -> Iterator[Touch]:
    """What the processes of the run in ``folder`` did, in order, as far as its log can be read.

    They could write anything into it: what is no record is passed over, and nothing is raised.
    """
    try:
        file = os.open(f"{folder}/{NAME}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        yield Touch(touch.LOST, 0, 0, b"the log is gone")
        return
    try:
        yield from _in_order(_read(file))
    finally:
        os.close(file)


def _keep_in_place(file: int) -> None:
    """Where the filesystem writes changes to other places, space that was taken once would not do for the second."""
    import array  # noqa: PLC0415 - only where a run is watched
    import fcntl  # noqa: PLC0415 - the same

    flags = array.array("l", [0])
    with contextlib.suppress(OSError):
        fcntl.ioctl(file, _GET_FLAGS, flags)
        flags[0] |= _NO_COPY_ON_WRITE
        fcntl.ioctl(file, _SET_FLAGS, flags)


def _in_order(found: Iterator[Touch]) -> Iterator[Touch]:
    """The records by time. They come nearly so, and there may be millions: a window is sorted, not all of them."""
    waiting: list[Touch] = []
    for each in found:
        waiting.append(each)
        if len(waiting) >= 2 * _WINDOW:
            waiting.sort(key=_time)
            yield from waiting[:_WINDOW]
            del waiting[:_WINDOW]
    waiting.sort(key=_time)
    yield from waiting


def _time(of: Touch) -> int:
    return of.at


def _read(file: int) -> Iterator[Touch]:
    try:
        head = os.pread(file, _HEADER.size, 0)
        if len(head) < _HEADER.size or not head.startswith(_MAGIC):
            yield Touch(touch.LOST, 0, 0, b"the log is damaged")
            return
        lost = _HEADER.unpack(head)[5:]
        yield from (Touch(touch.LOST, 0, at, why) for at, why in zip(lost, _REASONS, strict=True) if at)
        patience = _PATIENCE
        for number in range(_FIRST, _LAST):
            slab = os.pread(file, _UNIT, number * _UNIT)
            if len(slab) < _UNIT:
                return
            patience = yield from _records(slab, patience)
    except OSError:
        yield Touch(touch.LOST, 0, 0, b"the log cannot be read")


def _records(slab: bytes, patience: int) -> Generator[Touch, None, int]:
    """The records of one slab; returns how often the next one may still be searched for."""
    used = int.from_bytes(slab[:4], sys.byteorder)
    at, end = 16, min(16 + used, _UNIT)
    while at + _RECORD.size <= end:
        check, length, *_ = fields = _RECORD.unpack_from(slab, at)
        if _RECORD.size <= length <= _LONGEST and zlib.adler32(slab[at + 4 : min(at + length, end)]) == check:
            if (one := _touch(fields, slab[at + _RECORD.size : at + length])) is not None:
                yield one
            at += length
            continue
        if patience <= 0:
            yield Touch(touch.LOST, 0, 0, b"the log is damaged")
            break
        patience -= 1
        # A process was killed here in the middle of a record. The next begins at a multiple of 8.
        something = _SOMETHING.search(slab, at + 8)
        at = something.start() & ~7 if something else end
    return patience


def _touch(fields: tuple[Any, ...], names: bytes) -> Touch | None:
    """A record as a touch; None if it is nothing that the library would write."""
    _, _, number, fresh, size, pid, at, other_size, _, state = fields
    kind = _KINDS.get(number, "")
    path, other = names[:size], names[size : size + other_size]
    if kind == touch.CONNECT:
        path = _address(path)
    elif kind != touch.RESOLVE and (not path.startswith(b"/") or b"\0" in path):
        return None
    if kind in _TWO_NAMES and (not other.startswith(b"/") or b"\0" in other):
        return None
    if kind == touch.SAVED and not _SAVED_NAME.fullmatch(other):
        other = b""
    if not kind or not path:
        return None
    if kind in _PROGRAMS:
        path = _program(path)
    return Touch(kind, pid, at, path, other, b"" if state == _NO_STATE else state, bool(fresh & 1), bool(fresh & 2))


@lru_cache(maxsize=1024)
def _program(path: bytes) -> bytes:
    """The path without symbolic links, which the library had no time to look for between fork and exec."""
    with contextlib.suppress(OSError, ValueError):
        return os.path.realpath(path)
    return path


def _address(raw: bytes) -> bytes:
    """A socket address of the C library as ``address:port``, of IPv6 as ``[address]:port``; empty if it is neither."""
    from socket import AF_INET, AF_INET6, inet_ntop  # noqa: PLC0415 - few runs connect

    family = int.from_bytes(raw[:2], sys.byteorder)
    port = int.from_bytes(raw[2:4], "big")
    if family == AF_INET and len(raw) == _IPV4:
        return f"{inet_ntop(AF_INET, raw[4:8])}:{port}".encode()
    if family == AF_INET6 and len(raw) == _IPV6:
        return f"[{inet_ntop(AF_INET6, raw[8:24])}]:{port}".encode()
    return b""
