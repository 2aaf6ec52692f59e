"""The project's code as one tree."""

import os
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from runlore.capture.listing import Row
from runlore.capture.snapshot import File, Folder, Snapshot
from runlore.records.hashing import ObjectId
from runlore.records.run import FileRef
from runlore.store.settings import Limits

CODE = b"c:"
"""What the keys of code folders begin with in the stat cache."""
_MANY = 50
"""More omitted files than this are reported by folder where a whole folder is omitted."""


class Code(NamedTuple):
    """The tree of a project's code, and what it names without its bytes being kept."""

    tree: ObjectId
    files: int
    bytes: int
    omitted: tuple[FileRef, ...]


def snapshot_code(top: str, rows: Sequence[Row], snapshot: Snapshot, limits: Limits, *, prefix: bytes = CODE) -> Code:
    """The tree of these files of the folder ``top``; ``prefix`` is what the keys of its folders begin with.

    Tracked files are always kept; untracked ones up to the limits, the largest left out first.
    """
    dropped = _over_limit(rows, limits)
    contents: dict[bytes, list[File]] = defaultdict(list)
    for row in rows:
        folder, _, name = row.path.rpartition(b"/")
        contents[folder].append(File(name, row.stat, not dropped or row.path not in dropped))
    made = _build(os.fsencode(top), contents, snapshot, prefix)
    root = made[b""]
    return Code(
        tree=ObjectId(root.digest.hex()),
        files=root.files,
        bytes=root.bytes,
        omitted=_fold_up(os.fsencode(top), snapshot.omitted, made),
    )


def _over_limit(rows: Sequence[Row], limits: Limits) -> set[bytes]:
    """Paths of the untracked files that are not kept."""
    untracked = [row for row in rows if not row.tracked]
    dropped = {row.path for row in untracked if row.stat.st_size > limits.code_file}
    total = sum(row.stat.st_size for row in untracked if row.path not in dropped)
    if total > limits.code_total:
        for row in sorted(untracked, key=lambda row: row.stat.st_size, reverse=True):
            if total <= limits.code_total:
                break
            if row.path not in dropped:
                dropped.add(row.path)
                total -= row.stat.st_size
    return dropped


def _build(top: bytes, contents: dict[bytes, list[File]], snapshot: Snapshot, prefix: bytes) -> dict[bytes, Folder]:
    """Every folder as a tree, by its path from ``top``; the deepest are made first."""
    for path in list(contents):
        while path:
            path = path.rpartition(b"/")[0]  # noqa: PLW2901 - upward to the top
            if path in contents:
                break
            contents[path] = []
    contents.setdefault(b"", [])
    below: dict[bytes, list[tuple[bytes, Folder]]] = defaultdict(list)
    made: dict[bytes, Folder] = {}
    for path in sorted(contents, key=lambda path: (path.count(b"/") + bool(path), path), reverse=True):
        where = top + b"/" + path if path else top
        made[path] = snapshot.folder(prefix + path, where, contents[path], below[path])
        if path:
            parent, _, name = path.rpartition(b"/")
            below[parent].append((name, made[path]))
    return made


def _fold_up(top: bytes, omitted: Sequence[FileRef], made: dict[bytes, Folder]) -> tuple[FileRef, ...]:
    """The omitted files with paths from ``top``; if there are many, whole folders stand for what is in them."""
    prefix = len(top) + 1
    found = {os.fsencode(ref.path)[prefix:]: ref for ref in omitted}
    if len(found) > _MANY:
        for path, folder in sorted(made.items(), key=lambda item: item[0].count(b"/")):
            inside = [each for each in found if path and each.startswith(path + b"/")]
            if folder.files and len(inside) == folder.files:
                for each in inside:
                    del found[each]
                oid = ObjectId(folder.digest.hex())
                found[path] = FileRef(path="", oid=oid, size=folder.bytes, stored=False, how="code", kind="d")
    return tuple(
        FileRef(path=os.fsdecode(path), oid=ref.oid, size=ref.size, stored=False, how="code", kind=ref.kind)
        for path, ref in sorted(found.items())
    )
