"""Files that a run read outside its project: whether this machine still has them as they were."""

import os
import stat
import time
from collections.abc import Callable

from runlore.capture.sink import InMemory
from runlore.capture.snapshot import File, Snapshot
from runlore.errors import CorruptError
from runlore.ops.rebuilt import CHANGED, GONE, UNCHANGED, Outside
from runlore.records import tree
from runlore.records.run import FileRef
from runlore.store.pack import BLOB, TREE
from runlore.store.store import Store

_FOREIGN_CLOCK = 2_000_000_000
"""Nanoseconds for which a time stamp of a file system whose clock we cannot ask is not trusted."""


class Elsewhere:
    """Looks at files of this machine. What was hashed before and has not changed since is not read again."""

    def __init__(self, store: Store, on_read: Callable[[int], None] | None = None) -> None:
        """``on_read`` is told of bytes as they are read."""
        self._objects = store.objects
        settled = min(store.clock(), time.time_ns() - _FOREIGN_CLOCK)
        self._snapshot = Snapshot(store.stats, InMemory(store.objects), settled=settled, on_read=on_read)

    def look(self, ref: FileRef) -> Outside:
        """What became of the file or folder."""
        kept = TREE if ref.kind == "d" else BLOB
        stored = ref.stored if kept == TREE else self._objects.has(bytes.fromhex(ref.oid), kept)
        return Outside(path=ref.path, oid=ref.oid, size=ref.size, stored=stored, status=self.status(ref.path, ref))

    def status(self, path: str, ref: FileRef) -> str:
        """`UNCHANGED`, `CHANGED` or `GONE`: what lies at ``path`` beside what the run read."""
        try:
            where = os.path.realpath(os.fsencode(path))
            os.stat(where)
        except (OSError, ValueError):
            return GONE
        digest = bytes.fromhex(ref.oid)
        if ref.kind == "d":
            same = self._same_folder(where, digest, whole=ref.how == "declared", deep=0)
        else:
            same = self._same_file(where, digest, ref.size or None)
        return UNCHANGED if same else CHANGED

    def _same_folder(self, where: bytes, digest: bytes, *, whole: bool, deep: int) -> bool:
        """Whether all that the tree names is there as it was; with ``whole`` also nothing more."""
        try:
            entries, there = self._objects.tree(digest), os.listdir(where)
        except (CorruptError, OSError):
            return False
        if deep > tree.DEEPEST or (whole and {entry.name for entry in entries} != {*there} - {b".mlrun"}):
            return False
        for name, kind, oid, size in entries:
            path = where + b"/" + name
            if kind == tree.FOLDER:
                same = self._same_folder(path, oid, whole=whole, deep=deep + 1)
            elif kind == tree.SYMLINK:
                same = os.path.islink(path) and self._same_file(path, oid, None)
            else:
                same = self._same_file(os.path.realpath(path), oid, size)
            if not same:
                return False
        return True

    def _same_file(self, where: bytes, digest: bytes, size: int | None) -> bool:
        try:
            found = os.lstat(where)
        except (OSError, ValueError):
            return False
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)) or size not in {None, found.st_size}:
            return False
        content = self._snapshot.file(where, File(where, found, keep=False))
        return content is not None and content.digest == digest
