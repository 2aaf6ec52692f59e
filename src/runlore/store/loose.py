"""Large blobs as files of their own under ``objects/``: copied, or shared with the original by the file system."""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterable

from runlore.records.hashing import AUTO_THREADS, blob_hasher
from runlore.store.durable import forget, fresh_name, fsync_folder, link, write_all

PIECE = 4 << 20
"""Bytes read at a time: large enough for BLAKE3 to use every core."""
_NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_FICLONE = 0x40049409


def path_of(objects: str, digest: bytes) -> str:
    """Where the blob lies if it is loose."""
    name = digest.hex()
    return f"{objects}/{name[:2]}/{name[2:]}"


def hash_file(file: int, *, copy_to: int | None = None) -> tuple[bytes, int]:
    """The id and size of what the open file ``file`` holds from its start on, read in pieces and never mapped.

    The very bytes that are hashed are written to the open file ``copy_to``.
    """
    hasher = blob_hasher(threads=AUTO_THREADS)
    buffer = bytearray(PIECE)
    view = memoryview(buffer)
    size = 0
    os.lseek(file, 0, os.SEEK_SET)
    while count := os.readv(file, (buffer,)):
        hasher.update(view[:count])
        if copy_to is not None:
            write_all(copy_to, view[:count])
        size += count
    return hasher.digest(), size


class LooseWriter:
    """New loose blobs, in ``tmp`` until `commit`."""

    def __init__(self, objects: str, tmp: str) -> None:
        """The store's folders of these names."""
        self._objects = objects
        self._tmp = tmp
        self._waiting: list[tuple[bytes, str]] = []

    def add(self, digest: bytes, data: bytes) -> None:
        """Keep bytes whose id is known."""
        temporary = f"{self._tmp}/{fresh_name()}"
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        self.adopt(digest, temporary)
        try:
            write_all(file, data)
        finally:
            os.close(file)

    def copy(self, source: int, *, free_only: bool) -> tuple[bytes, int, str | None]:
        """A private copy of an open file in ``tmp``: its id, its size and its path.

        With ``free_only`` a copy that would cost space is not made: the file is hashed, the path is ``None``. So it
        is where there is no room for the copy: the file may be what has filled the disk.
        """
        temporary = f"{self._tmp}/{fresh_name()}"
        target = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o444)
        try:
            if reflink(source, target):
                return (*hash_file(target), temporary)
            if not free_only:
                return (*hash_file(source, copy_to=target), temporary)
        except OSError as error:
            forget(temporary)
            if error.errno not in _NO_ROOM:
                raise
        finally:
            os.close(target)
        forget(temporary)
        return (*hash_file(source), None)

    def gather(self, digest: bytes, pieces: Iterable[bytes]) -> str | None:
        """A file in ``tmp`` of these pieces, one after the other; ``None``, and no file, if they have another id."""
        temporary = f"{self._tmp}/{fresh_name()}"
        target = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        hasher = blob_hasher(threads=AUTO_THREADS)
        try:
            for piece in pieces:
                hasher.update(piece)
                write_all(target, piece)
            whole = hasher.digest() == digest
        except BaseException:
            forget(temporary)
            raise
        finally:
            os.close(target)
        if not whole:
            forget(temporary)
        return temporary if whole else None

    def adopt(self, digest: bytes, temporary: str) -> None:
        """Keep a finished file of ``tmp`` under this id from `commit` on."""
        self._waiting.append((digest, temporary))

    def commit(self) -> None:
        """Make every blob durable under its name; where that fails the other names stay, as in `durable.publish`."""
        folders = {self._objects} if self._waiting else set()
        for _, temporary in self._waiting:
            file = os.open(temporary, os.O_RDONLY)
            try:
                os.fsync(file)
            finally:
                os.close(file)
        named = []
        while self._waiting:
            digest, temporary = self._waiting[-1]
            path = path_of(self._objects, digest)
            folder = os.path.dirname(path)
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder)
            link(temporary, path)
            folders.add(folder)
            named.append(temporary)
            self._waiting.pop()
        for folder in folders:
            fsync_folder(folder)
        for temporary in named:
            forget(temporary)

    def discard(self) -> None:
        """Forget what was not committed."""
        for _, temporary in self._waiting:
            forget(temporary)
        self._waiting = []


def reflink(source: int, target: int) -> bool:
    """Let ``target`` share the blocks of ``source``; False where the file system cannot."""
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True


def can_reflink(path: bytes, tmp: str) -> bool:
    """Whether files of the folder of ``path``, an existing file, can be kept in ``tmp`` without costing space."""
    temporary = f"{tmp}/{fresh_name()}"
    try:
        source = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        target = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            return reflink(source, target)
        finally:
            os.close(target)
            forget(temporary)
    finally:
        os.close(source)
