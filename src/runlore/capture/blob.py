"""A file's bytes as git would name them: read piece by piece, and never a program asked."""

import os
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING

from runlore.capture.conversion import Conversion, to_git

if TYPE_CHECKING:
    from hashlib import _Hash

CONVERTIBLE = 64 << 20
"""Bytes up to which a file is converted in memory as git would before it is compared."""
LFS = "lfs"
"""The filter whose result can be computed: it is a pointer with the content's SHA-256."""

_PIECE = 1 << 20
_SHA1_DIGITS = 40


def hasher(size: int, digits: int, kind: bytes = b"blob") -> "_Hash":
    """A hasher of the name git gives to an object of ``size`` bytes, where names have ``digits`` hex digits."""
    import hashlib  # noqa: PLC0415 - loads OpenSSL, and a clean work tree has nothing to hash

    start = b"%s %d\0" % (kind, size)
    # SHA-1 is git's choice; here it only tells whether the user's own file is the one git has.
    return hashlib.sha1(start, usedforsecurity=False) if digits == _SHA1_DIGITS else hashlib.sha256(start)


def name(data: bytes, digits: int, kind: bytes = b"blob") -> str:
    """Git's name of an object with this content."""
    found = hasher(len(data), digits, kind)
    found.update(data)
    return found.hexdigest()


def file_name(folder: int, path: bytes, seen: os.stat_result, digits: int) -> str:
    """Git's name of a file's or link's raw content; of nothing that git has if it changes while it is read.

    Raises:
        OSError: it cannot be read, or is neither any more.
    """
    if stat.S_ISLNK(seen.st_mode):
        return name(os.readlink(path, dir_fd=folder), digits)
    found = hasher(seen.st_size, digits)
    for piece in pieces(path, folder):
        found.update(piece)
    return found.hexdigest()


def converted_name(folder: int, path: bytes, seen: os.stat_result, digits: int, how: Conversion) -> str | None:
    """Git's name of a file's content after what git would do to it; ``None`` where that cannot be told.

    Raises:
        OSError: it cannot be read.
    """
    if not stat.S_ISREG(seen.st_mode):
        return None
    if how.filter == LFS:
        return name(_lfs_pointer(folder, path, seen.st_size), digits)
    if seen.st_size > CONVERTIBLE:
        return None
    return name(to_git(b"".join(pieces(path, folder)), how), digits)


def pieces(path: bytes, folder: int | None = None) -> Iterator[bytes]:
    """The bytes of a regular file, a MiB at a time; no symlink is followed and no FIFO waited on.

    Raises:
        OSError: it cannot be read, or is no regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    try:
        while piece := os.read(descriptor, _PIECE):
            yield piece
    finally:
        os.close(descriptor)


def _lfs_pointer(folder: int, path: bytes, size: int) -> bytes:
    import hashlib  # noqa: PLC0415 - as above

    # git-lfs, docs/spec.md.
    found = hashlib.sha256()
    for piece in pieces(path, folder):
        found.update(piece)
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{found.hexdigest()}\nsize {size}\n".encode()
