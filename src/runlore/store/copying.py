"""One new file with bytes from the store: its blocks shared where the file system can, holes where zeros are."""

import os
from collections.abc import Callable
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.records.hashing import AUTO_THREADS, blob_hasher
from runlore.store.durable import write_all
from runlore.store.loose import PIECE, hash_file, reflink
from runlore.store.reading import open_plain

PLAIN, PROGRAM = 0o666, 0o777
"""Modes, less the umask as for any new file."""
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_HOLE = 64 << 10
_ZEROS = bytes(_HOLE)


class Spot(NamedTuple):
    """Where a file is to be: the open folder, its name there, and its mode."""

    folder: int
    name: bytes
    mode: int


class Blob(NamedTuple):
    """What a file is to hold: the blob of this id, and how many bytes that is, 0 if it is not known."""

    digest: bytes
    size: int


def put_bytes(spot: Spot, data: bytes) -> None:
    """A new file with these bytes, of which the caller knows that they are right."""
    file = os.open(spot.name, _NEW, spot.mode, dir_fd=spot.folder)
    try:
        write_all(file, data)
    except BaseException:
        os.unlink(spot.name, dir_fd=spot.folder)
        raise
    finally:
        os.close(file)


def put_file(spot: Spot, digest: bytes, source: int, on_write: Callable[[int], None], *, link: bool) -> int:
    """A new file with the bytes of the open file ``source``, their number; with ``link`` it may be the same file.

    Raises:
        CorruptError: they are not those of the id; then no file is left.
    """
    file = os.open(spot.name, _NEW, spot.mode, dir_fd=spot.folder)
    try:
        if reflink(source, file):
            found, size = hash_file(file)
            on_write(size)
        elif link and spot.mode == PLAIN and _linked(source, spot):
            found, size = hash_file(source)
            on_write(size)
        else:
            found, size = _copy(source, file, on_write)
        if found != digest:
            raise CorruptError(f"blob {digest.hex()} is damaged")  # noqa: TRY301 - what was written goes again
    except BaseException:
        os.unlink(spot.name, dir_fd=spot.folder)
        raise
    finally:
        os.close(file)
    return size


def put_from(place: str, spot: Spot, blob: Blob, on_write: Callable[[int], None]) -> int:
    """A new file with the bytes of another, which anybody may have changed; their number.

    Raises:
        CorruptError: there is no such file, or it has other bytes; then no file is left.
    """
    try:
        file = open_plain(place)
    except OSError as error:
        raise CorruptError("nowhere") from error
    try:
        if blob.size not in {0, os.fstat(file).st_size}:
            raise CorruptError("it has changed")
        return put_file(spot, blob.digest, file, on_write, link=False)
    finally:
        os.close(file)


def _copy(source: int, target: int, on_write: Callable[[int], None]) -> tuple[bytes, int]:
    """The id and size of what was copied."""
    hasher = blob_hasher(threads=AUTO_THREADS)
    view = memoryview(bytearray(PIECE))
    size = 0
    while count := os.readv(source, (view,)):
        hasher.update(view[:count])
        _write_sparse(target, view[:count])
        size += count
        on_write(count)
    os.ftruncate(target, size)
    return hasher.digest(), size


def _write_sparse(target: int, data: memoryview) -> None:
    """Append the bytes, and only move on where they are zeros for long."""
    start = 0
    for at in range(0, len(data), _HOLE):
        if not data[at] and data[at : at + _HOLE].tobytes() == _ZEROS[: len(data) - at]:
            write_all(target, data[start:at])
            start = min(at + _HOLE, len(data))
            os.lseek(target, start - at, os.SEEK_CUR)
    write_all(target, data[start:])


def _linked(source: int, spot: Spot) -> bool:
    """Whether the file at ``spot``, an empty one, is now a hard link to the open file."""
    temporary = b".%d-%s" % (os.getpid(), os.urandom(8).hex().encode())
    try:
        os.link(b"/proc/self/fd/%d" % source, temporary, dst_dir_fd=spot.folder)
    except OSError:
        return False  # another file system, or too many links
    os.replace(temporary, spot.name, src_dir_fd=spot.folder, dst_dir_fd=spot.folder)
    return True
