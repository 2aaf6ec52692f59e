"""Which paths differ between two trees; equal folders are not looked into."""

import os
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from runlore.records import tree


class Trees(Protocol):
    """Where trees are read: a store, or what was hashed without being kept."""

    def tree(self, digest: bytes) -> tuple[tree.Entry, ...]:
        """The entries of a tree; raises `CorruptError`."""


class Changes(NamedTuple):
    """Paths of files from the top, sorted."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    modified: tuple[str, ...]


def changes(trees: Trees, old: bytes, new: bytes) -> Changes:
    """How the tree ``new`` differs from ``old``; raises `CorruptError`."""
    added: list[str] = []
    removed: list[str] = []
    modified: list[str] = []
    waiting = [(b"", old, new)]
    while waiting:
        path, before, after = waiting.pop()
        if before == after:
            continue
        was = {entry.name: entry for entry in trees.tree(before)}
        now = {entry.name: entry for entry in trees.tree(after)}
        for name in was.keys() | now.keys():
            where = path + name
            one, two = was.get(name), now.get(name)
            if one and two and one.kind == two.kind == tree.FOLDER:
                waiting.append((where + b"/", one.digest, two.digest))
            elif one and two and tree.FOLDER not in (one.kind, two.kind):
                if (one.kind, one.digest) != (two.kind, two.digest):
                    modified.append(os.fsdecode(where))
            else:
                removed += [os.fsdecode(each) for each in _files(trees, where, one)]
                added += [os.fsdecode(each) for each in _files(trees, where, two)]
    return Changes(tuple(sorted(added)), tuple(sorted(removed)), tuple(sorted(modified)))


def _files(trees: Trees, path: bytes, entry: tree.Entry | None) -> Iterator[bytes]:
    """The paths of all files at and below an entry."""
    if entry is None:
        return
    if entry.kind != tree.FOLDER:
        yield path
        return
    for below in trees.tree(entry.digest):
        yield from _files(trees, path + b"/" + below.name, below)
