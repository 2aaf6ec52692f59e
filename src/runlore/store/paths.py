"""Paths in a tree: what it has where, each folder of it read once."""

from collections.abc import Mapping

from runlore.errors import CorruptError
from runlore.records import tree
from runlore.store.objects import Objects


class Paths:
    """The entries of a tree by path from its top. A folder that cannot be read has none: whoever needs it says so."""

    def __init__(self, objects: Objects, root: str | None) -> None:
        """``root`` is the id of the tree; without one there is nothing at any path."""
        self._objects = objects
        self._root = None if root is None else bytes.fromhex(root)
        self._folders: dict[bytes, dict[bytes, tree.Entry]] = {}

    def entry(self, path: bytes) -> tree.Entry | None:
        """The file, link or folder at ``path``, if there is one."""
        if path.startswith(b"/") or path.count(b"/") > tree.DEEPEST:
            return None
        folder, _, name = path.rpartition(b"/")
        return self.folder(folder).get(name)

    def folder(self, path: bytes) -> Mapping[bytes, tree.Entry]:
        """What is directly in the folder at ``path``, by name; nothing if there is no such folder."""
        if path not in self._folders:
            self._folders[path] = {entry.name: entry for entry in self._entries(path)}
        return self._folders[path]

    def _entries(self, path: bytes) -> tuple[tree.Entry, ...]:
        digest = self._root
        if path:
            entry = self.entry(path)
            digest = entry.digest if entry is not None and entry.kind == tree.FOLDER else None
        try:
            return () if digest is None else self._objects.tree(digest)
        except CorruptError:
            return ()
