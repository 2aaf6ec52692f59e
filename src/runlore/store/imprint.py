"""What a cache file held when it was last closed, written beside it: a flipped bit is seen before it is believed.

SQLite reads most flipped bits as other data. So whoever closes a cache notes the file's change counter, which each
write moves on, and a fingerprint of all its bytes; whoever opens it at the same counter expects the same bytes.
"""

import contextlib
import os
from collections.abc import Callable

from runlore.store.checksum import fingerprint
from runlore.store.reading import open_plain

SUFFIX = ".check"
MOST = 4 << 20
"""Bytes of a file that is looked at as a whole: some milliseconds. What is in a longer one `fsck` compares."""
_COUNTER = slice(24, 28)
"""Of SQLite's header: https://www.sqlite.org/fileformat.html#file_change_counter."""
_SIZE = 20
_Image = Callable[[], bytes]
"""Gives the whole file, of one moment."""


def holds(path: str, image: _Image, *, most: int = MOST) -> bool | None:
    """Whether the file is as its imprint says; ``None`` if there is none of its present state, or it is too long."""
    noted = _read(path + SUFFIX)
    if len(noted) != _SIZE or not _is_short(path, most):
        return None
    found = _of(image())
    return found == noted if found[:4] == noted[:4] else None


def note(path: str, image: _Image) -> None:
    """Write the imprint of what the file holds now."""
    with contextlib.suppress(OSError):
        if not _is_short(path, MOST):
            return
        found = _of(image())
        if found == _read(path + SUFFIX):
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        file = os.open(path + SUFFIX, flags, 0o644)
        try:
            os.write(file, found)
        finally:
            os.close(file)


def forget(path: str) -> None:
    """Remove the imprint of a file that goes."""
    with contextlib.suppress(OSError):
        os.unlink(path + SUFFIX)


def _of(image: bytes) -> bytes:
    return image[_COUNTER] + fingerprint(image)


def _is_short(path: str, most: int) -> bool:
    """Nor empty: that is a file that is about to be made, whatever was there before."""
    try:
        return 0 < os.stat(path).st_size <= most
    except OSError:
        return False


def _read(path: str) -> bytes:
    try:
        file = open_plain(path)
    except OSError:
        return b""
    try:
        return os.read(file, _SIZE + 1)
    finally:
        os.close(file)
