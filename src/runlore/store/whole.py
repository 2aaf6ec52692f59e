"""Whether all bytes of a file or folder are in the store."""

import os
from collections.abc import Iterator

from runlore.errors import CorruptError
from runlore.records import tree
from runlore.records.hashing import ObjectId
from runlore.records.run import FileRef
from runlore.store.objects import Objects
from runlore.store.pack import BLOB

_DEEPEST = 256
"""Folders in each other; a stranger's tree may have more."""


def lacking(objects: Objects, ref: FileRef, *, deep: int = 0) -> Iterator[FileRef]:
    """What of a file or folder is not in the store: files by their whole paths, and trees that cannot be read."""
    digest = bytes.fromhex(ref.oid)
    if ref.kind.encode() != tree.FOLDER:
        if not objects.has(digest, BLOB):
            yield ref
        return
    try:
        entries = objects.tree(digest) if deep < _DEEPEST else None
    except CorruptError:
        entries = None
    if entries is None:
        yield ref
        return
    for name, kind, oid, size in entries:
        path = f"{ref.path}/{os.fsdecode(name)}" if ref.path else os.fsdecode(name)
        below = ref._replace(path=path, oid=ObjectId(oid.hex()), size=size, kind=kind.decode())
        yield from lacking(objects, below, deep=deep + 1)


def lacking_below(objects: Objects, oid: str) -> Iterator[FileRef]:
    """What of the tree of that id is not in the store, by paths from its top."""
    yield from lacking(objects, FileRef(path="", oid=ObjectId(oid), size=0, stored=True, how="code", kind="d"))
