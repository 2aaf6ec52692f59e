"""The files among a run's inputs, by path: those that it names, and those in the folders that it names."""

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from runlore.records import tree
from runlore.records.hashing import ObjectId
from runlore.records.paths import is_below
from runlore.records.run import FileRef
from runlore.store.objects import Objects
from runlore.store.paths import Paths
from runlore.store.whole import files_of

_FOLDER = tree.FOLDER.decode()
_FILES = frozenset((tree.FILE.decode(), tree.EXECUTABLE.decode()))


class Input(NamedTuple):
    """A file: its path from the top of the project, its blob, its bytes."""

    path: str
    digest: bytes
    size: int


class Inputs:
    """The files that lie at a path or below it."""

    def __init__(self, objects: Objects, refs: Iterable[FileRef]) -> None:
        """Only those of the project count."""
        self._objects = objects
        self._refs = {ref.path: ref for ref in refs if not ref.path.startswith("/")}

    def at(self, path: str) -> Iterator[Input]:
        """The file at ``path``, or every file of the folder there that is among the inputs."""
        if (found := self._at(path)) is not None:
            yield from self._files(found)
        elif path:
            for ref in self._refs.values():
                if is_below(ref.path, path):
                    yield from self._files(ref)

    def _at(self, path: str) -> FileRef | None:
        """What is at that very path, also in a folder that is an input."""
        above, below = path, ""
        while above not in self._refs:
            above, _, name = above.rpartition("/")
            below = f"{name}/{below}" if below else name
            if not above:
                return None
        ref = self._refs[above]
        if not below:
            return ref
        entry = Paths(self._objects, ref.oid).entry(os.fsencode(below)) if ref.kind == _FOLDER else None
        if entry is None:
            return None
        return ref._replace(path=path, oid=ObjectId(entry.digest.hex()), size=entry.size, kind=entry.kind.decode())

    def _files(self, ref: FileRef) -> Iterator[Input]:
        for each in files_of(self._objects, ref):
            if each.kind in _FILES:
                yield Input(each.path, bytes.fromhex(each.oid), each.size)
