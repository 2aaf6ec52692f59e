"""The files of two runs that differ: in the code, in config files, in data, by path."""

import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.ops.difference.watched import cannot_matter, paths_read
from runlore.ops.hybrids.difference import CODE, DATA, PARAMS, LeftOut
from runlore.ops.hybrids.texts import Texts, texts
from runlore.ops.parts import Parts
from runlore.records import tree
from runlore.records.run import FileRef
from runlore.store.pack import BLOB
from runlore.store.paths import Paths
from runlore.store.store import Store
from runlore.store.treediff import changes
from runlore.store.whole import entry_of

_MADE, _PROGRAM = "intermediate", "code"
"""Roles of inputs."""
_NEVER_READ = "neither run read it"


class Changed(NamedTuple):
    """A file that is another in the two runs, with the part it belongs to; ``None`` where there is none.

    ``texts`` is what it can be taken apart into; ``in_code`` whether a code tree has it.
    """

    path: str
    part: str
    a: tree.Entry | None
    b: tree.Entry | None
    in_code: bool
    texts: Texts | None


def changed_files(store: Store, a: Parts, b: Parts, left_out: list[LeftOut]) -> Iterator[Changed]:
    """Each file that differs, sorted by path; into ``left_out`` those that cannot have mattered.

    Raises:
        CorruptError: a tree is damaged.
    """
    found = _Files(store, a, b)
    for path in sorted(found.a.keys() | found.b.keys()):
        old, new = found.a.get(path), found.b.get(path)
        if old is not None and new is not None and (old.kind, old.digest) == (new.kind, new.digest):
            continue
        # Of a link not it is read but what it leads to.
        is_link = tree.SYMLINK in {each.kind for each in (old, new) if each is not None}
        if found.part(path) == CODE and not is_link and all(cannot_matter(path, read) for read in found.read):
            left_out.append(LeftOut(path, _NEVER_READ, can_matter=False))
            continue
        yield Changed(path, found.part(path), old, new, path in found.in_code, found.texts(path, old, new))


class _Files:
    """What each run had at each path that may differ."""

    def __init__(self, store: Store, a: Parts, b: Parts) -> None:
        self._objects = store.objects
        self.read = paths_read(a), paths_read(b)
        self._config = {each["path"] for parts in (a, b) for each in parts.recipe.config}
        self._data: set[str] = set()
        self.in_code: set[str] = set()
        self.a, self.b = (dict(self._of_code(a, b, parts)) for parts in (a, b))
        for there, mine, other in ((self.a, a, b), (self.b, b, a)):
            there.update(self._of_inputs(mine, other))
            there.update(self._of_config(mine))

    def _of_code(self, a: Parts, b: Parts, parts: Parts) -> Iterator[tuple[str, tree.Entry]]:
        """What one of the two code trees has at the paths at which they differ."""
        old, new = (bytes.fromhex(each.recipe.code) if each.recipe.code else None for each in (a, b))
        if old is None or new is None or old == new:
            return
        found = changes(self._objects, old, new)
        paths = Paths(self._objects, parts.recipe.code)
        for path in (*found.added, *found.removed, *found.modified):
            self.in_code.add(path)
            if (entry := paths.entry(os.fsencode(path))) is not None:
                yield path, entry

    def _of_inputs(self, mine: Parts, other: Parts) -> Iterator[tuple[str, tree.Entry]]:
        """The data that a run read and the other did not, or other bytes; folders file by file."""
        made = {ref.path for parts in (mine, other) for ref in parts.outputs}
        theirs = {ref.path: ref for ref in other.inputs}
        for ref in mine.inputs:
            against = theirs.get(ref.path)
            if ref.path in made or ref.role == _MADE or (against is not None and against.oid == ref.oid):
                continue
            for path, entry in self._inside(ref, against):
                if ref.role != _PROGRAM:
                    self._data.add(path)
                yield path, entry

    def _inside(self, ref: FileRef, against: FileRef | None) -> Iterator[tuple[str, tree.Entry]]:
        """The file, or those of a folder that differ from those of the same one in the other run."""
        if ref.kind != "d" or against is None or against.kind != "d":
            yield ref.path, entry_of(ref)
            return
        found = changes(self._objects, bytes.fromhex(against.oid), bytes.fromhex(ref.oid))
        paths = Paths(self._objects, ref.oid)
        for path in (*found.added, *found.modified):
            if (entry := paths.entry(os.fsencode(path))) is not None:
                yield f"{ref.path}/{path}", entry

    def _of_config(self, mine: Parts) -> Iterator[tuple[str, tree.Entry]]:
        for each in mine.recipe.config:
            digest = bytes.fromhex(each["oid"])
            size = len(self._objects.blob(digest)) if self._objects.has(digest, BLOB) else 0
            yield each["path"], tree.Entry(b"", tree.FILE, digest, size)

    def part(self, path: str) -> str:
        if path in self._config:
            return PARAMS
        return DATA if path in self._data else CODE

    def texts(self, path: str, a: tree.Entry | None, b: tree.Entry | None) -> Texts | None:
        if a is None or b is None or {a.kind, b.kind} & {tree.FOLDER, tree.SYMLINK} or a.digest == b.digest:
            return None
        try:
            old, new = (self._objects.blob(each.digest) for each in (a, b))
        except CorruptError:
            return None  # only its hash is known; whether it can be had at all is seen when it is needed
        part = self.part(path)
        return texts(old, new, by_line=part != CODE, is_json=part == PARAMS and path.endswith(".json"))


def placed(ref: FileRef, files: Mapping[str, tree.Entry | None]) -> dict[bytes, tree.Entry | None]:
    """Those of the files that lie in the folder ``ref``, by their paths in it."""
    inside = ref.path + "/"
    return {os.fsencode(path[len(inside) :]): entry for path, entry in files.items() if path.startswith(inside)}
