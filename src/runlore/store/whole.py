"""Files and folders of runs as the store has them: as entries of trees, file by file, and whether all is there."""

import os
from collections.abc import Iterator

from runlore.errors import CorruptError
from runlore.records import tree
from runlore.records.hashing import ObjectId
from runlore.records.run import FileRef
from runlore.store.objects import Objects
from runlore.store.pack import BLOB

_KINDS = frozenset(kind.decode() for kind in tree.KINDS)
_MOST_LACKING = 100_000
"""Files that are listed one by one."""
_MOST_FILES = 5_000_000
"""Of a folder; a small tree can name another in as many places as it likes."""


def entry_of(ref: FileRef) -> tree.Entry:
    """The file or folder as a tree has it, but for a name; a kind that no tree knows is that of a plain file."""
    kind = ref.kind.encode() if ref.kind in _KINDS else tree.FILE
    return tree.Entry(b"", kind, bytes.fromhex(ref.oid), ref.size)


def files_of(objects: Objects, ref: FileRef) -> Iterator[FileRef]:
    """The file itself, or each one of the folder by its whole path; a folder that cannot be read stays one.

    Of very many only the first; the folders that the rest lies in stand for it.
    """
    left = _MOST_FILES
    waiting = [(ref, 0)]
    while waiting:
        each, deep = waiting.pop()
        inside = _inside(objects, each) if deep < tree.DEEPEST and left > 0 else None
        if inside is None:
            left -= 1
            yield each
        else:
            waiting += [(below, deep + 1) for below in reversed(inside)]


def _inside(objects: Objects, ref: FileRef) -> list[FileRef] | None:
    """What is directly in the folder, by whole paths; ``None`` for a file, and where it cannot be read."""
    entry = entry_of(ref)
    if entry.kind != tree.FOLDER:
        return None
    try:
        entries = objects.tree(entry.digest)
    except CorruptError:
        return None
    inside = ref.path + "/" if ref.path else ""
    return [
        ref._replace(path=inside + os.fsdecode(name), oid=ObjectId(oid.hex()), size=size, kind=kind.decode())
        for name, kind, oid, size in entries
    ]


def lacking(objects: Objects, ref: FileRef) -> Iterator[FileRef]:
    """What of a file or folder is not in the store: files by their whole paths, and folders that cannot be read.

    Of very many only the first; the folders that the rest lies in stand for it.
    """
    yield from _Search(objects).below(ref, 0)


class _Search:
    """One walk. A folder that is whole is looked at once: a small tree can name it in as many places as it likes."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._whole: set[str] = set()
        self._left = _MOST_LACKING

    def below(self, ref: FileRef, deep: int) -> Iterator[FileRef]:
        """What is not there of the file or folder, which lies ``deep`` folders down."""
        entry = entry_of(ref)
        if entry.kind != tree.FOLDER:
            if not self._objects.has(entry.digest, BLOB):
                self._left -= 1
                yield ref
            return
        if ref.oid in self._whole:
            return
        inside = _inside(self._objects, ref) if deep < tree.DEEPEST and self._left > 0 else None
        if inside is None:
            yield ref
            return
        is_whole = True
        for each in inside:
            for gone in self.below(each, deep + 1):
                is_whole = False
                yield gone
        if is_whole:
            self._whole.add(ref.oid)


def lacking_below(objects: Objects, oid: str) -> Iterator[FileRef]:
    """What of the tree of that id is not in the store, by paths from its top."""
    yield from lacking(objects, FileRef(path="", oid=ObjectId(oid), size=0, stored=True, how="code", kind="d"))
