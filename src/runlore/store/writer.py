"""New objects: written once, small ones into packs, large blobs as loose files; `objects` reads them."""

import os
from collections.abc import Iterable

from runlore.records import tree
from runlore.records.hashing import blob_digest, record_digest, tree_digest
from runlore.store import loose
from runlore.store.durable import forget
from runlore.store.index import Index
from runlore.store.layout import Layout
from runlore.store.objects import Objects
from runlore.store.pack import BLOB, DIGESTS, MAX_DATA, RECORD, TREE, PackWriter

LOOSE_FROM = 128 << 10
"""Blobs of this many bytes and more are files of their own."""
_BATCH = 1 << 20
"""Bytes of new objects that wait until the index is asked which of them it knows: one by one costs five times more."""


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

    def add_object(self, kind: bytes, digest: bytes, data: bytes) -> bool:
        """Keep an object that came from elsewhere; False, and nothing is kept, if it has not the id it should have."""
        if DIGESTS[kind](data) != digest:
            return False
        if kind == BLOB:
            self.add_blob(data)
        else:
            self._add(kind, digest, data)
        return True

    def add_pieces(self, digest: bytes, pieces: Iterable[bytes]) -> bool:
        """Keep a large blob that comes in pieces; otherwise as `add_object`."""
        temporary = self._loose.gather(digest, pieces)
        if temporary is None:
            return False
        self._loose.adopt(digest, temporary)
        self._note_loose(digest, os.path.getsize(temporary))
        return True

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
