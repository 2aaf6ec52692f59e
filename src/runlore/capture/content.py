"""Read one file as it is, although others may be writing to it."""

import errno
import os
import stat
import struct
from typing import NamedTuple

from runlore.capture.sink import Sink

_STATE = struct.Struct("<IQQQQ")
_SMALL = 1 << 20
_TRIES = 3
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | getattr(os, "O_NOCTTY", 0)
_MASK = (1 << 64) - 1


class Content(NamedTuple):
    """What a file held: ``stable`` is whether it held still while it was read; ``state`` is that of ``stat``."""

    digest: bytes
    size: int
    stat: os.stat_result
    state: bytes
    kept: bool
    stable: bool


def state_of(found: os.stat_result) -> bytes:
    """What must be equal for a file to be taken for unchanged: mode, size, mtime, ctime, inode.

    ctime, because an edit whose mtime was put back shows in nothing else.
    """
    return _STATE.pack(
        found.st_mode, found.st_size, found.st_mtime_ns & _MASK, found.st_ctime_ns & _MASK, found.st_ino & _MASK
    )


def size_of(state: bytes) -> int:
    """The bytes of the file that was in this state."""
    size: int = _STATE.unpack(state)[1]
    return size


def changed_at(state: bytes) -> int:
    """When the file that was in this state was last written to, by its own time (nanoseconds since 1970 UTC)."""
    at: int = _STATE.unpack(state)[2]
    return at


def read_content(
    path: bytes, sink: Sink, *, keep: bool, follow: bool = False, listed: tuple[os.stat_result, bytes] | None = None
) -> Content:
    """Hash the file or link at ``path`` and give it to the ``sink``.

    ``listed`` is what a listing said of it a moment before, with the state of that.

    Without ``keep`` it is kept only if that costs no space. With ``follow`` a link is taken for what it
    points to.

    Raises:
        OSError: it cannot be read, or is neither file nor link.
    """
    flags = _FLAGS & ~os.O_NOFOLLOW if follow else _FLAGS
    for attempt in range(_TRIES):
        try:
            file = os.open(path, flags)
        except OSError as error:
            if follow or error.errno != errno.ELOOP:
                raise
            return _read_link(path, sink)
        try:
            # What was listed a moment ago need not be looked at again before it is read, only after.
            if attempt == 0 and listed is not None and _is_small_file(listed[0]):
                found, before = listed
            else:
                found = _look(file, path)
                before = state_of(found)
            digest, size, kept = _read_open(file, path, found.st_size, sink, keep=keep)
            after = _look(file, path)
        finally:
            os.close(file)
        state = state_of(after)
        stable = size == after.st_size and (state == before or (listed is not None and state == listed[1]))
        if stable or attempt == _TRIES - 1:
            return Content(digest, size, after, state, kept, stable)
    raise AssertionError("unreachable")


def _is_small_file(found: os.stat_result) -> bool:
    """Whether this can be read in one go."""
    return found.st_size <= _SMALL and stat.S_ISREG(found.st_mode)


def _look(file: int, path: bytes) -> os.stat_result:
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(0, "not a regular file", path)
    return found


def _read_link(path: bytes, sink: Sink) -> Content:
    found = os.lstat(path)
    target = os.readlink(path)
    return Content(sink.add_blob(target), len(target), found, state_of(found), sink.wants_blobs, stable=True)


def _read_open(file: int, path: bytes, size: int, sink: Sink, *, keep: bool) -> tuple[bytes, int, bool]:
    if size > _SMALL or (sink.wants_blobs and not keep):
        return sink.add_file(file, free_only=not keep)
    try:
        data = os.read(file, size + 1)
        if len(data) > size:
            _look(file, path)  # it has grown, or is something without an end
            while more := os.read(file, _SMALL):
                data += more
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error  # or it would look like the store's trouble
    return sink.add_blob(data), len(data), sink.wants_blobs
