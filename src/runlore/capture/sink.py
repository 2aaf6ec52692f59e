"""Where a snapshot puts what it reads: a store's writer, or nowhere."""

from collections.abc import Iterable
from typing import Protocol

from runlore.records import tree
from runlore.records.hashing import blob_digest, tree_digest
from runlore.store.loose import hash_file
from runlore.store.objects import Objects
from runlore.store.pack import TREE


class Sink(Protocol):
    """What a snapshot needs of `store.objects.ObjectWriter`, whose docstrings say what each does."""

    wants_blobs: bool
    """Whether the bytes of files are kept at all, or only hashed."""

    def has(self, digest: bytes, kind: bytes) -> bool:
        """Whether the object needs not be added."""

    def present_trees(self, digests: Iterable[bytes]) -> set[bytes]:
        """Those of the trees that need not be added, asked for at once."""

    def add_blob(self, data: bytes) -> bytes:
        """Take a blob; its id."""

    def add_file(self, file: int, *, free_only: bool = False) -> tuple[bytes, int, bool]:
        """Take the content of an open file; its id, its size and whether it is kept."""

    def add_tree(self, entries: Iterable[tree.Entry]) -> bytes:
        """Take a tree; its id."""


class TreesOnly:
    """Passes trees on to a writer and only hashes blobs: for data whose bytes are not to be kept."""

    wants_blobs = False

    def __init__(self, writer: Sink) -> None:
        """``writer`` gets the trees."""
        self.has = writer.has
        self.present_trees = writer.present_trees
        self.add_tree = writer.add_tree

    def add_blob(self, data: bytes) -> bytes:
        """Only hash it."""
        return blob_digest(data)

    def add_file(self, file: int, *, free_only: bool = False) -> tuple[bytes, int, bool]:  # noqa: ARG002 - never kept
        """Only hash it."""
        return (*hash_file(file), False)


class InMemory:
    """Hashes blobs and holds new trees in memory: for looking without keeping. Reads from ``objects`` what is there."""

    wants_blobs = False

    def __init__(self, objects: Objects | None) -> None:
        """``objects`` of the store there is, if any."""
        self._objects = objects
        self._trees: dict[bytes, tuple[tree.Entry, ...]] = {}

    def has(self, digest: bytes, kind: bytes) -> bool:
        """Whether it is in memory or in the store."""
        if kind == TREE and digest in self._trees:
            return True
        return self._objects is not None and self._objects.has(digest, kind)

    def present_trees(self, digests: Iterable[bytes]) -> set[bytes]:
        """Those in the store."""
        return set() if self._objects is None else self._objects.present_trees(digests)

    add_blob = TreesOnly.add_blob
    add_file = TreesOnly.add_file

    def add_tree(self, entries: Iterable[tree.Entry]) -> bytes:
        """Hold the tree."""
        data = tree.encode(entries)
        digest = tree_digest(data)
        self._trees[digest] = tree.decode(data)
        return digest

    def tree(self, digest: bytes) -> tuple[tree.Entry, ...]:
        """The entries of a tree that `has` knows."""
        found = self._trees.get(digest)
        if found is not None or self._objects is None:
            return found or ()
        return self._objects.tree(digest)
