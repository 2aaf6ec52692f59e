"""Objects by id: read with verification, written once, in packs or as loose files."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from runlore.errors import CorruptError, StoreWriteError
from runlore.records import tree
from runlore.records.hashing import AUTO_THREADS, blob_digest, blob_hasher, record_digest, tree_digest
from runlore.store import loose
from runlore.store.index import Index
from runlore.store.layout import Layout
from runlore.store.pack import BLOB, DIGESTS, MAX_DATA, RECORD, TREE, PackWriter

LOOSE_FROM = 128 << 10
"""Blobs of this many bytes and more are files of their own."""
_KIND_NAMES = {BLOB: "blob", TREE: "tree", RECORD: "record"}


class Objects:
    """What a store holds."""

    def __init__(self, layout: Layout, index: Index) -> None:
        """``index`` must have been refreshed; a miss refreshes it again."""
        self._layout = layout
        self._index = index

    def has(self, digest: bytes, kind: bytes) -> bool:
        """Whether the object is here."""
        if self._index.locate(digest, kind) is not None:
            return True
        return kind == BLOB and os.path.exists(loose.path_of(self._layout.objects, digest))

    def present_trees(self, digests: Iterable[bytes]) -> set[bytes]:
        """Those of the trees that are here, asked for at once."""
        return self._index.present(digests, TREE)

    def blob(self, digest: bytes) -> bytes:
        """A blob's bytes.

        Raises:
            CorruptError: missing, or not the bytes that the id stands for.
        """
        return self._read(digest, BLOB)

    def blob_chunks(self, digest: bytes) -> Iterator[bytes]:
        """A blob's bytes in pieces, verified before the first one is given."""
        if self._index.locate(digest, BLOB) is not None:
            yield self._read(digest, BLOB)
            return
        with self._open_loose(digest) as file:
            hasher = blob_hasher(threads=AUTO_THREADS)
            while piece := file.read(loose.PIECE):
                hasher.update(piece)
            if hasher.digest() != digest:
                raise _corrupt(digest, BLOB)
            file.seek(0)
            while piece := file.read(loose.PIECE):
                yield piece

    def tree(self, digest: bytes) -> tuple[tree.Entry, ...]:
        """A tree's entries; raises `CorruptError`."""
        try:
            return tree.decode(self._read(digest, TREE))
        except tree.MalformedTreeError as error:
            raise _corrupt(digest, TREE) from error

    def record(self, digest: bytes) -> bytes:
        """A record's canonical bytes; raises `CorruptError`."""
        return self._read(digest, RECORD)

    def _read(self, digest: bytes, kind: bytes) -> bytes:
        place = self._index.locate(digest, kind)
        if place is None:
            self._index.refresh_packs(self._layout.packs)
            place = self._index.locate(digest, kind)
        if place is not None:
            data = self._read_packed(*place)
        elif kind == BLOB:
            with self._open_loose(digest) as file:
                data = file.read()
        else:
            raise _missing(digest, kind)
        if DIGESTS[kind](data) != digest:
            raise _corrupt(digest, kind)
        return data

    def _read_packed(self, name: str, offset: int, length: int) -> bytes:
        try:
            with open(f"{self._layout.packs}/{name}", "rb", buffering=0) as file:
                return os.pread(file.fileno(), length, offset)
        except FileNotFoundError:
            return b""

    def _open_loose(self, digest: bytes) -> BinaryIO:
        try:
            return open(loose.path_of(self._layout.objects, digest), "rb")
        except FileNotFoundError:
            raise _missing(digest, BLOB) from None


class ObjectWriter:
    """A batch of new objects. Nothing of it counts before `commit`; use `Store.writer`."""

    wants_blobs = True
    """Blobs are kept, and not only hashed."""

    def __init__(self, layout: Layout, index: Index, objects: Objects) -> None:
        """The store's parts."""
        self._layout = layout
        self._index = index
        self._objects = objects
        self._ask = not index.is_empty()
        self._pack: PackWriter | None = None
        self._packs: list[PackWriter] = []
        self._loose = loose.LooseWriter(layout.objects, layout.tmp)
        self._added: set[tuple[bytes, bytes]] = set()
        self.new_bytes = 0
        """Bytes that were not in the store before."""

    def add_blob(self, data: bytes) -> bytes:
        """Keep a blob; its id."""
        digest = blob_digest(data)
        if len(data) < LOOSE_FROM:
            self._add(BLOB, digest, data)
        elif not self._is_here(BLOB, digest):
            self._loose.add(digest, data)
            self._note(BLOB, digest, len(data))
        return digest

    def add_file(self, file: int, *, free_only: bool = False) -> tuple[bytes, int, bool]:
        """Keep what the open file ``file`` holds from its start on; its id, its size and whether it is kept.

        A private copy (a reflink where the file system can) is hashed, so that what is kept is what the
        id says even if somebody writes to the file meanwhile. With ``free_only`` it is kept only if that
        costs no space.
        """
        digest, size, temporary = self._loose.copy(file, free_only=free_only)
        if temporary is None:
            return digest, size, self._is_here(BLOB, digest)
        if size < LOOSE_FROM:
            with open(temporary, "rb") as copied:
                self._add(BLOB, digest, copied.read())
        elif not self._is_here(BLOB, digest):
            self._loose.adopt(digest, temporary)
            self._note(BLOB, digest, size)
            return digest, size, True
        os.unlink(temporary)
        return digest, size, True

    def add_tree(self, entries: Iterable[tree.Entry]) -> bytes:
        """Keep a tree; its id."""
        data = tree.encode(entries)
        digest = tree_digest(data)
        self._add(TREE, digest, data)
        return digest

    def add_record(self, data: bytes) -> str:
        """Keep a record; its id in hex."""
        digest = record_digest(data)
        self._add(RECORD, digest, data)
        return digest.hex()

    def has(self, digest: bytes, kind: bytes) -> bool:
        """Whether the object is in the store or in this batch."""
        return self._is_here(kind, digest)

    def present_trees(self, digests: Iterable[bytes]) -> set[bytes]:
        """Those of the trees that are in the store."""
        return self._objects.present_trees(digests)

    def _is_here(self, kind: bytes, digest: bytes) -> bool:
        return (kind, digest) in self._added or ((self._ask or kind == BLOB) and self._objects.has(digest, kind))

    def _add(self, kind: bytes, digest: bytes, data: bytes) -> None:
        if (kind, digest) in self._added or (self._ask and self._objects.has(digest, kind)):
            return
        if self._pack is None or self._pack.size + len(data) > MAX_DATA:
            self._pack = PackWriter(self._layout.tmp, self._layout.packs)
            self._packs.append(self._pack)
        self._pack.add(kind, digest, data)
        self._note(kind, digest, len(data))

    def _note(self, kind: bytes, digest: bytes, size: int) -> None:
        self._added.add((kind, digest))
        self.new_bytes += size

    def commit(self) -> None:
        """Make everything durable and findable: afterwards records may name it."""
        self._loose.commit()
        while self._packs:
            name, places = self._packs.pop(0).finish()
            with contextlib.suppress(StoreWriteError):  # the next to look finds it by its file
                self._index.add_pack(name, places)
        self._pack = None

    def discard(self) -> None:
        """Forget what was not committed."""
        self._loose.discard()
        for pack in self._packs:
            pack.discard()
        self._packs = []


def _missing(digest: bytes, kind: bytes) -> CorruptError:
    return CorruptError(
        f"{_KIND_NAMES[kind]} {digest.hex()} is not in the store", hint="mlrun fsck shows what else is missing"
    )


def _corrupt(digest: bytes, kind: bytes) -> CorruptError:
    return CorruptError(f"{_KIND_NAMES[kind]} {digest.hex()} is damaged", hint="mlrun fsck shows what else is affected")
