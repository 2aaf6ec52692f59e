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


def entry_of(ref: FileRef) -> tree.Entry:
    """The file or folder as a tree has it, but for a name; a kind that no tree knows is that of a plain file."""
    kind = ref.kind.encode() if ref.kind in _KINDS else tree.FILE
    return tree.Entry(b"", kind, bytes.fromhex(ref.oid), ref.size)


def files_of(objects: Objects, ref: FileRef, *, deep: int = 0) -> Iterator[FileRef]:
    """The file itself, or each one of the folder by its whole path; a folder that cannot be read stays one."""
    entry = entry_of(ref)
    if entry.kind != tree.FOLDER:
        yield ref
        return
    try:
        entries = objects.tree(entry.digest) if deep < tree.DEEPEST else None
    except CorruptError:
        entries = None
    if entries is None:
        yield ref
        return
    for name, kind, oid, size in entries:
        path = f"{ref.path}/{os.fsdecode(name)}" if ref.path else os.fsdecode(name)
        below = ref._replace(path=path, oid=ObjectId(oid.hex()), size=size, kind=kind.decode())
        yield from files_of(objects, below, deep=deep + 1)


def lacking(objects: Objects, ref: FileRef) -> Iterator[FileRef]:
    """What of a file or folder is not in the store: files by their whole paths, and folders that cannot be read."""
    for each in files_of(objects, ref):
        entry = entry_of(each)
        if entry.kind == tree.FOLDER or not objects.has(entry.digest, BLOB):
            yield each


def lacking_below(objects: Objects, oid: str) -> Iterator[FileRef]:
    """What of the tree of that id is not in the store, by paths from its top."""
    yield from lacking(objects, FileRef(path="", oid=ObjectId(oid), size=0, stored=True, how="code", kind="d"))
