"""What a store gives back on its own: the files of a tree, as bytes, modes and links."""

import os
import stat
from pathlib import Path

from runlore.records import tree
from runlore.store.store import Store

Files = dict[str, tuple[str, bytes]]
"""Path to kind and content; of a link its target."""


def from_store(store: Store, oid: str, prefix: str = "") -> Files:
    found: Files = {}
    for entry in store.objects.tree(bytes.fromhex(oid)):
        path = prefix + os.fsdecode(entry.name)
        if entry.kind == tree.FOLDER:
            found |= from_store(store, entry.digest.hex(), path + "/")
        else:
            found[path] = (entry.kind.decode(), store.objects.blob(entry.digest))
    return found


def from_disk(folder: Path, *left_out: str) -> Files:
    found: Files = {}
    for path in sorted(folder.rglob("*")):
        name = os.fspath(path.relative_to(folder))
        if any(part in left_out for part in path.parts[len(folder.parts) :]) or name in left_out:
            continue
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            found[name] = ("l", os.fsencode(os.readlink(path)))
        elif stat.S_ISREG(mode):
            found[name] = ("x" if mode & stat.S_IXUSR else "f", path.read_bytes())
    return found
