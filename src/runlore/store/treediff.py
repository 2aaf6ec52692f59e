"""Which paths differ between two trees; equal folders are not looked into."""

import os
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from runlore.records import tree

_MOST = 20_000
"""Folders that are looked into. A stranger's tree can name one folder in as many places as it likes."""
_LONGEST = 4096
"""Bytes of a path (PATH_MAX)."""


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
    """How the tree ``new`` differs from ``old``; raises `CorruptError`.

    Of more than any project has, a folder stands for all that is in it.
    """
    added: list[str] = []
    removed: list[str] = []
    modified: list[str] = []
    waiting = [(b"", old, new)]
    looks = iter(range(_MOST))
    while waiting:
        path, before, after = waiting.pop()
        if before == after:
            continue
        if len(path) > _LONGEST or next(looks, None) is None:
            modified.append(os.fsdecode(path))
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
                for listed, entry in ((removed, one), (added, two)):
                    listed += [os.fsdecode(each) for each in _files(trees, where, entry, looks)]
    return Changes(tuple(sorted(added)), tuple(sorted(removed)), tuple(sorted(modified)))


def _files(trees: Trees, path: bytes, entry: tree.Entry | None, looks: Iterator[int]) -> Iterator[bytes]:
    """The paths of all files at and below an entry; a folder stands for itself after the last of ``looks``."""
    waiting = [] if entry is None else [(path, entry)]
    while waiting:
        where, each = waiting.pop()
        if each.kind != tree.FOLDER or len(where) > _LONGEST or next(looks, None) is None:
            yield where
            continue
        waiting += [(where + b"/" + below.name, below) for below in trees.tree(each.digest)]
