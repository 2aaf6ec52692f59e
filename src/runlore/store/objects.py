"""Objects by id: read with verification, written once, in packs or as loose files."""

import io
import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from runlore.errors import CorruptError
from runlore.records import tree
from runlore.records.hashing import AUTO_THREADS, blob_digest, blob_hasher, record_digest, tree_digest
from runlore.store import loose
from runlore.store.bulk import read_blobs
from runlore.store.durable import forget
from runlore.store.index import Index
from runlore.store.layout import Layout
from runlore.store.pack import BLOB, DIGESTS, MAX_DATA, RECORD, TREE, PackWriter
from runlore.store.reading import open_plain

LOOSE_FROM = 128 << 10
"""Blobs of this many bytes and more are files of their own."""
_BATCH = 1 << 20
"""Bytes of new objects that wait until the index is asked which of them it knows: one by one costs five times more."""
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

    def unverified_blob(self, digest: bytes) -> bytes | BinaryIO:
        """A blob to copy: its bytes, or of a loose one the open file, which whoever copies it must verify.

        Raises:
            CorruptError: as `blob`.
        """
        place = self._index.locate(digest, BLOB)
        if place is None and os.path.lexists(loose.path_of(self._layout.objects, digest)):
            return self._open_loose(digest)
        return self._read(digest, BLOB, place)

    def open_blob(self, digest: bytes, *, verify: bool = True) -> BinaryIO:
        """A blob as a stream that can seek; a large one is not in memory. Verified, unless that was done before.

        Raises:
            CorruptError: missing, or not the bytes that the id stands for.
        """
        if self._index.locate(digest, BLOB) is not None:
            return io.BytesIO(self._read(digest, BLOB))
        file = self._open_loose(digest)
        if verify and loose.hash_file(file.fileno())[0] != digest:
            file.close()
            raise _corrupt(digest, BLOB)
        file.seek(0)
        return file

    def packed_blobs(self, digests: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Id and bytes of those blobs that lie whole in packs, in the order in which they lie there."""
        return read_blobs(self._layout.packs, self._index.places(digests, BLOB))

    def tree(self, digest: bytes) -> tuple[tree.Entry, ...]:
        """A tree's entries; raises `CorruptError`."""
        try:
            return tree.decode(self._read(digest, TREE))
        except tree.MalformedTreeError as error:
            raise _corrupt(digest, TREE) from error

    def record(self, digest: bytes) -> bytes:
        """A record's canonical bytes; raises `CorruptError`."""
        return self._read(digest, RECORD)

    def _read(self, digest: bytes, kind: bytes, place: tuple[str, int, int] | None = None) -> bytes:
        place = place or self._index.locate(digest, kind)
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
            with open(open_plain(f"{self._layout.packs}/{name}"), "rb", buffering=0) as file:
                return os.pread(file.fileno(), length, offset)
        except OSError:
            return b""  # which no id stands for: there are no empty trees or records, and an empty blob is itself

    def _open_loose(self, digest: bytes) -> BinaryIO:
        try:
            return open(open_plain(loose.path_of(self._layout.objects, digest)), "rb")
        except FileNotFoundError:
            raise _missing(digest, BLOB) from None
        except OSError as error:
            raise _corrupt(digest, BLOB) from error


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
        self._added: set[bytes] = set()  # ids of different kinds are never equal
        self._waiting: list[tuple[bytes, bytes, bytes]] = []
        self._waiting_bytes = 0
        self._new_bytes = 0

    @property
    def new_bytes(self) -> int:
        """Bytes that were not in the store before."""
        self._settle()
        return self._new_bytes

    def add_blob(self, data: bytes) -> bytes:
        """Keep a blob; its id."""
        digest = blob_digest(data)
        if len(data) < LOOSE_FROM:
            self._add(BLOB, digest, data)
        elif not self._is_here(BLOB, digest):
            self._loose.add(digest, data)
            self._note_loose(digest, len(data))
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
            self._note_loose(digest, size)
            return digest, size, True
        forget(temporary)
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
        return digest in self._added or ((self._ask or kind == BLOB) and self._objects.has(digest, kind))

    def _add(self, kind: bytes, digest: bytes, data: bytes) -> None:
        if digest in self._added:
            return
        self._added.add(digest)
        self._waiting.append((kind, digest, data))
        self._waiting_bytes += len(data)
        if self._waiting_bytes >= _BATCH:
            self._settle()

    def _settle(self) -> None:
        """Put what waits into the pack, but for what a pack of the store has. Small blobs are never loose."""
        waiting, self._waiting = self._waiting, []
        most, self._waiting_bytes = self._waiting_bytes, 0
        for wanted in {kind for kind, _, _ in waiting} if self._ask else ():
            here = self._index.present((digest for kind, digest, _ in waiting if kind == wanted), wanted)
            if here:
                waiting = [each for each in waiting if each[0] != wanted or each[1] not in here]
        if not waiting:
            return
        if self._pack is None or self._pack.size + most > MAX_DATA:
            self._pack = PackWriter(self._layout.tmp, self._layout.packs)
            self._packs.append(self._pack)
        before = self._pack.size
        self._pack.add_all(waiting)
        self._new_bytes += self._pack.size - before

    def _note_loose(self, digest: bytes, size: int) -> None:
        self._added.add(digest)
        self._new_bytes += size

    def commit(self) -> None:
        """Make everything durable and findable: afterwards records may name it."""
        self._settle()
        self._loose.commit()
        for pack in self._packs:
            name, places = pack.finish()
            self._index.add_pack(name, places)
        self._packs = []
        self._pack = None

    def discard(self) -> None:
        """Forget what was not committed."""
        self._waiting = []
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
