"""Bytes from the store onto the disk: trees and files put into a folder, never outside it and never over anything.

A tree may come from a stranger, and others may change the folder meanwhile. So each step downward is taken
from the descriptor of the folder before it and follows no link; each file is created where nothing was; and what
a name or a link could do to a repository, to a store or to another file is refused, and said.
"""

import contextlib
import errno
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

from runlore.errors import CorruptError
from runlore.records.absent import DAMAGED, MISSING, REFUSED, Absent
from runlore.records.hashing import ObjectId
from runlore.records.reserved import is_reserved
from runlore.records.tree import DEEPEST, EXECUTABLE, FOLDER, SYMLINK, Entry, valid_name
from runlore.store.copying import PLAIN, PROGRAM, Blob, Spot, put_bytes, put_file, put_from
from runlore.store.objects import Objects
from runlore.store.pack import BLOB, TREE
from runlore.store.reading import FOLDER_ALONE

_TARGET = 4096
"""Bytes: the longest target that a link can have (PATH_MAX)."""
_MOST_PLACES = 1000
"""Times that one folder with folders in it is put back: a stranger's can be in two places in each of forty levels."""
_UNFIT = frozenset((errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL))
"""What a file system says to a name that it cannot have."""


class Restorer:
    """Puts trees and files into a folder; use as a context manager. What cannot be is in ``missing``, the rest is done.

    A path that was restored once stays as it is: what is put there again is passed over.
    """

    def __init__(  # noqa: PLR0913 - from where, to where
        self,
        objects: Objects,
        folder: str,
        *,
        link: bool = False,
        spare: str | None = None,
        caches: Callable[[bytes], Iterable[str]] = lambda _: (),
        on_write: Callable[[int], None] | None = None,
    ) -> None:
        """``folder`` exists, and nobody relies on it before all is done.

        With ``link``, large files that the file system cannot share are hard links to the store's own, which are
        read-only. What the store does not have is taken from the same path below the folder ``spare`` if the very
        bytes are there, which ``borrowed`` lists; else from one of the files that ``caches`` names for its id, which
        ``cached`` lists, and ``spoilt`` those files that have other bytes. ``on_write`` is told of bytes as they are
        written.
        """
        self.missing: list[Absent] = []
        self.borrowed: list[str] = []
        self.cached: list[str] = []
        self.spoilt: list[str] = []
        self.files = 0
        self.bytes = 0
        self._objects = objects
        self._link = link
        self._spare = None if spare is None else os.fsencode(spare)
        self._caches = caches
        self._on_write = on_write or (lambda _: None)
        self._made: set[bytes] = set()
        self._places: Counter[bytes] = Counter()
        self._root = os.open(folder, FOLDER_ALONE & ~os.O_NOFOLLOW)
        self._at, self._here = b"", os.dup(self._root)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._here)
        os.close(self._root)

    def put(self, entry: Entry, path: bytes) -> None:
        """A file, link or folder, whatever its name was, at ``path`` below the folder; raises as `tree` and `file`."""
        if entry.kind == FOLDER:
            self.tree(entry.digest, path, entry.size)
        else:
            self.file(entry.digest, entry.kind, path, entry.size)

    def tree(self, digest: bytes, path: bytes = b"", size: int = 0) -> None:
        """Every entry of the tree, at ``path`` below the folder (``b""``: in the folder itself).

        Raises:
            OSError: the disk does not take it.
        """
        waiting = [(path, digest, size)]
        while waiting:
            where, oid, below = waiting.pop()
            try:
                entries = self._objects.tree(oid)
                self._count_place(oid, entries)
                here = self._enter(where)
            except CorruptError:
                self._lack(where, oid, below, TREE)
                continue
            except _RefusedError as refused:
                self._refuse(where, oid, below, str(refused))
                continue
            prefix = where + b"/" if where else b""
            waiting += [(prefix + row.name, row.digest, row.size) for row in entries if row.kind == FOLDER]
            self._put_all(here, [row for row in entries if row.kind != FOLDER], prefix)

    def _count_place(self, digest: bytes, entries: Sequence[Entry]) -> None:
        if any(row.kind == FOLDER for row in entries):
            self._places[digest] += 1
            if self._places[digest] > _MOST_PLACES:
                raise _RefusedError("it is in too many places")

    def file(self, digest: bytes, kind: bytes, path: bytes, size: int = 0) -> None:
        """A file or link (``kind`` as in trees) at ``path`` below the folder, in folders made for it.

        Raises:
            OSError: the disk does not take it.
        """
        folder, slash, name = path.rpartition(b"/")
        try:
            _check(name if folder or not slash else b"")
            here = self._enter(folder)
        except _RefusedError as refused:
            self._refuse(path, digest, size, str(refused))
        else:
            self._put(here, Entry(name, kind, digest, size), path)

    def _put_all(self, here: int, rows: list[Entry], prefix: bytes) -> None:
        """The files and links of a folder; those of which the bytes lie side by side are read together."""
        alike: dict[bytes, list[Entry]] = {}
        for row in rows:
            alike.setdefault(row.digest, []).append(row)
        for digest, data in self._objects.packed_blobs(alike):
            for row in alike.pop(digest):
                self._put(here, row, prefix + row.name, data)
        for row in rows:
            if row.digest in alike:
                self._put(here, row, prefix + row.name)

    def _put(self, here: int, row: Entry, path: bytes, data: bytes | None = None) -> None:
        name, kind, digest, size = row
        if path in self._made:
            return
        try:
            _check(name)
            if kind == SYMLINK:
                written = self._symlink(here, name, digest)
            else:
                written = self._file(Spot(here, name, PROGRAM if kind == EXECUTABLE else PLAIN), row, path, data)
        except CorruptError:
            self._lack(path, digest, size, BLOB)
        except _RefusedError as refused:
            self._refuse(path, digest, size, str(refused))
        except FileExistsError:
            self._refuse(path, digest, size, "another name is the same here")
        except OSError as error:
            if error.errno not in _UNFIT:
                raise
            self._refuse(path, digest, size, os.strerror(error.errno).lower())
        else:
            self._made.add(path)
            self.files += 1
            self.bytes += written

    def _symlink(self, here: int, name: bytes, digest: bytes) -> int:
        target = b""
        for piece in self._objects.blob_chunks(digest):
            target += piece
            if len(target) >= _TARGET:
                break
        if not target or b"\0" in target or len(target) >= _TARGET:
            raise _RefusedError("no link can have this target")
        os.symlink(target, name, dir_fd=here)
        return len(target)

    def _file(self, spot: Spot, row: Entry, path: bytes, data: bytes | None) -> int:
        _, _, digest, size = row
        try:
            blob = self._objects.unverified_blob(digest) if data is None else data
        except CorruptError:
            return self._borrow(spot, digest, path, size)
        if isinstance(blob, bytes):
            put_bytes(spot, blob)
            self._on_write(len(blob))
            return len(blob)
        with blob:
            try:
                return put_file(spot, digest, blob.fileno(), self._on_write, link=self._link)
            except CorruptError:
                return self._borrow(spot, digest, path, size)

    def _borrow(self, spot: Spot, digest: bytes, path: bytes, size: int) -> int:
        """The bytes from the spare folder, or a cache; raises `CorruptError` if they are nowhere."""
        if self._spare is not None:
            with contextlib.suppress(CorruptError):
                written = put_from(os.fsdecode(self._spare + b"/" + path), spot, Blob(digest, size), self._on_write)
                self.borrowed.append(os.fsdecode(path))
                return written
        for place in self._caches(digest):
            try:
                written = put_from(place, spot, Blob(digest, size), self._on_write)
            except CorruptError:
                self.spoilt.append(place)
            else:
                self.cached.append(os.fsdecode(path))
                return written
        raise CorruptError("nowhere")

    def _enter(self, path: bytes) -> int:
        """A descriptor of the folder at ``path``, made where it is missing."""
        if path == self._at:
            return self._here
        names = path.split(b"/") if path else []
        if len(names) > DEEPEST:
            raise _RefusedError("it is too deep")
        here, walked = os.dup(self._root), b""
        try:
            for name in names:
                walked = walked + b"/" + name if walked else name
                below = self._step(here, name, walked)
                os.close(here)
                here = below
        except BaseException:
            os.close(here)
            raise
        os.close(self._here)
        self._at, self._here = path, here
        return here

    def _step(self, here: int, name: bytes, path: bytes) -> int:
        """A descriptor of the folder ``name`` in the folder ``here``."""
        _check(name)
        try:
            if path not in self._made:
                _make_folder(here, name)
                self._made.add(path)
            return os.open(name, FOLDER_ALONE, dir_fd=here)
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.ENOTDIR}:
                raise _RefusedError("what is there is not a folder") from error
            if error.errno in _UNFIT:
                raise _RefusedError(os.strerror(error.errno).lower()) from error
            raise

    def _lack(self, path: bytes, digest: bytes, size: int, kind: bytes) -> None:
        here = self._objects.has(digest, kind)
        self.missing.append(Absent(os.fsdecode(path), _oid(digest), size, DAMAGED if here else MISSING))

    def _refuse(self, path: bytes, digest: bytes, size: int, detail: str) -> None:
        self.missing.append(Absent(os.fsdecode(path), _oid(digest), size, REFUSED, detail))


class _RefusedError(Exception):
    """This path is not restored; the text says why."""


def _check(name: bytes) -> None:
    if not valid_name(name):
        raise _RefusedError("it would leave the folder")
    if is_reserved(name):
        raise _RefusedError("it could pass for a repository or a store")


def _make_folder(here: int, name: bytes) -> None:
    """Make it, or find it there under that very name: where case is folded, ``Data`` may be ``data``."""
    try:
        os.mkdir(name, dir_fd=here)
    except FileExistsError:
        if name not in map(os.fsencode, os.listdir(here)):
            raise _RefusedError("another name is the same here") from None


def _oid(digest: bytes) -> ObjectId:
    return ObjectId(digest.hex())
