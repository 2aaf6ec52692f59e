"""Inputs side by side: by id, folder against folder by their trees, and tables by their rows."""

import csv
from collections.abc import Iterable, Iterator
from os import fsencode

from runlore.errors import CacheDamagedError, CorruptError
from runlore.insight.compare.content import UnreadableError
from runlore.insight.compare.stored import stored
from runlore.insight.rows import LARGEST, Rows, compare_rows
from runlore.ops.difference.results import InputChange, InputMove, Inputs, Pair
from runlore.ops.parts import Parts
from runlore.ops.reproduction.neighbours import is_source
from runlore.records import tree
from runlore.records.hashing import ObjectId
from runlore.records.phrases import DAMAGED
from runlore.records.run import FileRef
from runlore.store.pack import BLOB
from runlore.store.paths import Paths
from runlore.store.store import Store
from runlore.store.treediff import changes
from runlore.store.whole import files_of

_IN_ALL, _TABLES = 256 << 20, 100
"""Bytes of tables that are looked into, and changed files that may be one: a folder may hold any number."""
_FOLDER = tree.FOLDER.decode()


def compare_inputs(store: Store, a: Parts, b: Parts) -> Inputs:
    """Which files were added, removed or changed; config files and the sources of packages are told with those parts.

    A folder that cannot be looked into has changed as a whole.
    """
    left, right = _alike_folders(store, _refs(a), _refs(b))
    added = {path: ref for path, ref in right.items() if path not in left}
    removed = {path: ref for path, ref in left.items() if path not in right}
    changed: dict[str, tuple[FileRef, FileRef]] = {}
    damaged = set()
    for path in left.keys() & right.keys():
        mine, theirs = left[path], right[path]
        if mine.oid == theirs.oid:
            continue
        if mine.kind != _FOLDER or theirs.kind != _FOLDER:
            changed[path] = mine, theirs
            continue
        try:
            inside = _inside(store, mine, theirs)
        except CacheDamagedError:
            raise
        except CorruptError:
            changed[path] = mine, theirs
            damaged |= {path} if mine.stored and theirs.stored else set()
        else:
            added |= inside[0]
            removed |= inside[1]
            changed |= inside[2]
    renamed = tuple(_renamed(removed, added))
    for each in renamed:
        del removed[each.a], added[each.b]
    return Inputs(
        added=_listed(added),
        removed=_listed(removed),
        changed=tuple(
            each._replace(why=DAMAGED) if each.path in damaged else each
            for each in _changes(store, (changed[path] for path in sorted(changed)))
        ),
        renamed=renamed,
    )


def _refs(parts: Parts) -> dict[str, FileRef]:
    config = {each["path"] for each in parts.recipe.config}
    seal = parts.seal
    has_sources = seal is not None and bool(seal.kept)
    return {
        ref.path: ref
        for ref in parts.inputs
        if ref.path not in config and not (has_sources and seal is not None and is_source(seal, ref.path))
    }


def _alike_folders(
    store: Store, a: dict[str, FileRef], b: dict[str, FileRef]
) -> tuple[dict[str, FileRef], dict[str, FileRef]]:
    """A folder that stands for its files in one run alone is taken as its files: the other may have listed them."""
    found = []
    for mine, theirs in ((a, b), (b, a)):
        alone = [ref for path, ref in mine.items() if ref.kind == _FOLDER and path not in theirs]
        files = {each.path: each for ref in alone for each in files_of(store.objects, ref)}
        found.append({**{path: ref for path, ref in mine.items() if ref not in alone}, **files} if alone else mine)
    return found[0], found[1]


def _inside(
    store: Store, a: FileRef, b: FileRef
) -> tuple[dict[str, FileRef], dict[str, FileRef], dict[str, tuple[FileRef, FileRef]]]:
    """The files that were added, removed and changed between two folders; raises `CorruptError`."""
    found = changes(store.objects, bytes.fromhex(a.oid), bytes.fromhex(b.oid))
    before, after = Paths(store.objects, a.oid), Paths(store.objects, b.oid)
    return (
        {f"{b.path}/{path}": _below(b, after, path) for path in found.added},
        {f"{a.path}/{path}": _below(a, before, path) for path in found.removed},
        {f"{a.path}/{path}": (_below(a, before, path), _below(b, after, path)) for path in found.modified},
    )


def _below(folder: FileRef, paths: Paths, path: str) -> FileRef:
    entry = paths.entry(fsencode(path))
    where = f"{folder.path}/{path}"
    if entry is None:
        return folder._replace(path=where)
    return folder._replace(path=where, oid=ObjectId(entry.digest.hex()), size=entry.size, kind=entry.kind.decode())


def _renamed(removed: dict[str, FileRef], added: dict[str, FileRef]) -> Iterator[InputMove]:
    """Files that only have another path, where no other has the same bytes."""
    gone: dict[str, list[str]] = {}
    for path, ref in removed.items():
        gone.setdefault(ref.oid, []).append(path)
    come: dict[str, list[str]] = {}
    for path, ref in added.items():
        come.setdefault(ref.oid, []).append(path)
    for oid, paths in sorted(gone.items(), key=lambda each: each[1]):
        if len(paths) == len(come.get(oid, ())) == 1 and removed[paths[0]].size:
            yield InputMove(paths[0], come[oid][0], removed[paths[0]].size)


def _listed(refs: dict[str, FileRef]) -> tuple[FileRef, ...]:
    return tuple(refs[path] for path in sorted(refs))


def _changes(store: Store, pairs: Iterable[tuple[FileRef, FileRef]]) -> Iterator[InputChange]:
    left = _IN_ALL
    for at, (mine, theirs) in enumerate(pairs):
        size = mine.size + theirs.size
        why: str | None
        if at >= _TABLES or size > left:
            rows, why = None, "not looked into: there are too many"
        else:
            rows, why = _rows(store, mine, theirs)
        left -= size if rows is not None else 0
        yield InputChange(theirs.path, Pair(mine.oid, theirs.oid), Pair(mine.size, theirs.size), rows, why)


def _rows(store: Store, a: FileRef, b: FileRef) -> tuple[Rows | None, str | None]:
    """How two tables differ, or why that is not known; neither for what is no table."""
    if max(a.size, b.size) > LARGEST:
        return None, "too large to be looked into"
    if not all(store.objects.has(bytes.fromhex(ref.oid), BLOB) for ref in (a, b)):
        return None, "known by hash only"
    try:
        return compare_rows(stored(store.objects, a), stored(store.objects, b)), None
    except UnreadableError as error:
        return None, str(error)
    except CorruptError:
        return None, DAMAGED
    except (ValueError, ArithmeticError, RecursionError, csv.Error) as error:
        return None, f"not read as a table: {' '.join(str(error)[:100].split())}"
