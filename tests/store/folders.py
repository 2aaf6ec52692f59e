"""Folders as values: put into a store, and read from the disk."""

import os
from collections.abc import Mapping
from typing import Any

from runlore.records import tree
from runlore.records.hashing import blob_digest
from runlore.store.store import Store
from runlore.store.writer import ObjectWriter

Made = Mapping[bytes, Any]
"""A folder: bytes for a file, ``("x", bytes)`` for an executable one, ``("l", bytes)`` for a link, a folder."""


def keep_tree(writer: ObjectWriter, folder: Made, *, blobs: bool = True) -> bytes:
    """The id of a tree."""
    entries = []
    for name, what in folder.items():
        if isinstance(what, Mapping):
            entries.append(tree.Entry(name, tree.FOLDER, keep_tree(writer, what, blobs=blobs), 0))
        else:
            kind, data = (tree.FILE, what) if isinstance(what, bytes) else (what[0].encode(), what[1])
            digest = writer.add_blob(data) if blobs else blob_digest(data)
            entries.append(tree.Entry(name, kind, digest, len(data)))
    return writer.add_tree(entries)


def read(folder: bytes) -> dict[bytes, Any]:
    """What lies in a folder, in the same form."""
    found: dict[bytes, Any] = {}
    for entry in os.scandir(folder):
        if entry.is_symlink():
            found[entry.name] = ("l", os.readlink(entry.path))
        elif entry.is_dir():
            found[entry.name] = read(entry.path)
        else:
            with open(entry.path, "rb") as file:
                data = file.read()
            found[entry.name] = ("x", data) if entry.stat().st_mode & 0o100 else data
    return found


def keep(store: Store, folder: Made, *, blobs: bool = True) -> bytes:
    """The id of a tree, put into the store."""
    with store.writer() as writer:
        return keep_tree(writer, folder, blobs=blobs)
