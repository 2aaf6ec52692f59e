"""Code side by side: by tree, and only where trees differ by file and by line."""

from collections.abc import Iterator, Sequence
from os import fsencode
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.insight.lines import changes as line_changes
from runlore.insight.lines import hunks, is_binary, likeness, lines_of
from runlore.ops.difference.results import Code, CodeFile, Pair
from runlore.ops.difference.watched import cannot_matter, paths_read
from runlore.ops.parts import Parts
from runlore.records import tree
from runlore.records.phrases import DAMAGED
from runlore.store.pack import BLOB
from runlore.store.paths import Paths
from runlore.store.store import Store
from runlore.store.treediff import changes

_LARGEST = 4 << 20
"""Bytes of a file that is compared by line."""
_IN_ALL, _SHOWN = 128 << 20, 32 << 20
"""Bytes of all of them, and of those whose lines are shown: two runs may have nothing in common."""
_RENAMES = 100
"""Files on each side that may be one under two names, if their bytes differ too; each is held against each."""
_ALIKE = 0.5
"""How much of a file has to be there under another name to be called the same, as for git."""


class _File(NamedTuple):
    path: str
    entry: tree.Entry


class _Lines(NamedTuple):
    """What a comparison by line came to, or why there is none."""

    added: int | None = None
    removed: int | None = None
    binary: bool = False
    why: str | None = None
    hunks: tuple[object, ...] | None = None


def compare_code(store: Store, a: Parts, b: Parts, *, patch: bool) -> Code:
    """Every file of the code that is another, sorted; hunks with ``patch``.

    Raises:
        CorruptError: a tree is damaged.
    """
    trees = a.recipe.code, b.recipe.code
    files = () if None in trees else tuple(_Comparison(store, a, b, patch=patch).files())
    return Code(
        Pair(*trees),
        Pair(*((parts.intent.git or {}).get("commit") for parts in (a, b))),
        files,
        sum(each.added or 0 for each in files),
        sum(each.removed or 0 for each in files),
    )


class _Comparison:
    """Two trees that may differ."""

    def __init__(self, store: Store, a: Parts, b: Parts, *, patch: bool) -> None:
        self._objects = store.objects
        self._patch = patch
        self._left = _SHOWN if patch else _IN_ALL
        self._a, self._b = a, b
        self._read = paths_read(a), paths_read(b)

    def files(self) -> Iterator[CodeFile]:
        """Those that differ, sorted by path."""
        old, new = (bytes.fromhex(parts.recipe.code or "") for parts in (self._a, self._b))
        found = changes(self._objects, old, new)
        before = Paths(self._objects, self._a.recipe.code)
        after = Paths(self._objects, self._b.recipe.code)
        removed, added = _entries(before, found.removed), _entries(after, found.added)
        renamed = [*_moved(removed, added)]
        renamed += self._alike(removed, added, renamed)
        gone, come = {old.path for old, _ in renamed}, {new.path for _, new in renamed}
        pairs: list[tuple[_File | None, _File | None]] = [*renamed]
        pairs += zip(_entries(before, found.modified), _entries(after, found.modified), strict=True)
        pairs += [(each, None) for each in removed if each.path not in gone]
        pairs += [(None, each) for each in added if each.path not in come]
        yield from sorted((self._file(*pair) for pair in pairs), key=lambda each: each.path)

    def _file(self, a: _File | None, b: _File | None) -> CodeFile:
        either = b or a
        assert either is not None  # noqa: S101 - for the type checker: a pair is never empty
        lines = self._lines(a, b)
        return CodeFile(
            path=either.path,
            was=a.path if a and b and a.path != b.path else None,
            change=_change(a, b),
            added=lines.added,
            removed=lines.removed,
            binary=lines.binary,
            size=Pair(*(each and each.entry.size for each in (a, b))),
            read=self._was_read(a, b),
            why=lines.why,
            hunks=lines.hunks,  # type: ignore[arg-type]  # of hunks, where there are any
        )

    def _lines(self, a: _File | None, b: _File | None) -> _Lines:
        if a and b and a.entry.digest == b.entry.digest:
            return _Lines(0, 0, hunks=() if self._patch else None)
        there = [each.entry for each in (a, b) if each is not None]
        size = sum(each.size for each in there)
        if (why := self._obstacle(there, size)) is not None:
            return _Lines(why=why)
        self._left -= size
        try:
            old, new = (self._objects.blob(each.entry.digest) if each else b"" for each in (a, b))
        except CorruptError:
            return _Lines(why=DAMAGED)
        if is_binary(old) or is_binary(new):
            return _Lines(binary=True, hunks=() if self._patch else None)
        x, y = lines_of(old), lines_of(new)
        found = line_changes(x, y)
        return _Lines(
            sum(each.b_end - each.b_start for each in found),
            sum(each.a_end - each.a_start for each in found),
            hunks=tuple(hunks(x, y, found)) if self._patch else None,
        )

    def _obstacle(self, there: Sequence[tree.Entry], size: int) -> str | None:
        """Why these are not compared by line."""
        if tree.FOLDER in {each.kind for each in there}:
            return "more folders than are looked into"
        if max(each.size for each in there) > _LARGEST:
            return "too large to be compared by line"
        if size > self._left:
            return "too much to compare all of it by line"
        return None if all(self._objects.has(each.digest, BLOB) for each in there) else "known by hash only"

    def _was_read(self, a: _File | None, b: _File | None) -> bool | None:
        """Whether a run read it; ``None`` where nobody knows: of modules, and without an observer that sees all."""
        seen = [(each.path, read) for each, read in zip((a, b), self._read, strict=True) if each is not None]
        if any(read is not None and path in read for path, read in seen):
            return True
        return False if all(cannot_matter(path, read) for path, read in seen) else None

    def _alike(
        self, removed: Sequence[_File], added: Sequence[_File], known: Sequence[tuple[_File, _File]]
    ) -> list[tuple[_File, _File]]:
        """Files that are mostly the same under another name, the likest first."""
        taken = {each.path for pair in known for each in pair}
        left, right = ([each for each in side if each.path not in taken] for side in (removed, added))
        if not left or not right or max(len(left), len(right)) > _RENAMES:
            return []
        old, new = ({each: text for each in side if (text := self._text(each)) is not None} for side in (left, right))
        scores = sorted(
            (
                (-likeness(x, y), mine, theirs)
                for mine, x in old.items()
                for theirs, y in new.items()
                if min(len(x), len(y)) >= _ALIKE * max(len(x), len(y), 1)
            ),
            key=lambda each: (each[0], each[1].path, each[2].path),
        )
        found: dict[_File, _File] = {}
        for score, mine, theirs in scores:
            if -score >= _ALIKE and mine not in found and theirs not in found.values():
                found[mine] = theirs
        return list(found.items())

    def _text(self, file: _File) -> bytes | None:
        entry = file.entry
        if not 0 < entry.size <= 1 << 20 or entry.kind in {tree.FOLDER, tree.SYMLINK}:
            return None
        try:
            data = self._objects.blob(entry.digest)
        except CorruptError:
            return None  # it may have been too large to be kept
        return None if is_binary(data) else data


def _entries(paths: Paths, names: Sequence[str]) -> list[_File]:
    nothing = tree.Entry(b"", tree.FOLDER, b"", 0)
    return [_File(name, paths.entry(fsencode(name)) or nothing) for name in names]


def _moved(removed: Sequence[_File], added: Sequence[_File]) -> Iterator[tuple[_File, _File]]:
    """The same bytes under another name; of several, those whose own names are the same come together first."""
    waiting: dict[bytes, list[_File]] = {}
    for each in added:
        waiting.setdefault(each.entry.digest, []).append(each)
    for each in removed:
        there = waiting.get(each.entry.digest, []) if each.entry.size else []
        if there:
            name = each.path.rpartition("/")[2]
            best = next((other for other in there if other.path.rpartition("/")[2] == name), there[0])
            there.remove(best)
            yield each, best


def _change(a: _File | None, b: _File | None) -> str:
    if a is None:
        return "added"
    if b is None:
        return "removed"
    if a.path != b.path:
        return "renamed"
    return "mode" if a.entry.digest == b.entry.digest else "modified"
