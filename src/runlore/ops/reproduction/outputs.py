"""What two runs made, file by file: which belong together, and whether they say the same."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from runlore.errors import CacheDamagedError, CorruptError
from runlore.insight.compare.compare import compare
from runlore.insight.compare.stored import StoredBlob, stored
from runlore.records.phrases import DAMAGED
from runlore.records.run import FileRef
from runlore.store.pack import BLOB
from runlore.store.store import Store
from runlore.store.whole import files_of

IDENTICAL, EQUAL, WITHIN, DIFFERENT = "identical", "equal", "within-tolerance", "different"
MISSING, NEW, UNKNOWN = "missing", "new", "not-comparable"
_PASSING = re.compile(r"\d+|(?<![0-9a-z])[0-9a-f]{8,}(?![0-9a-z])", re.IGNORECASE)
"""In a path: a time, a process id, a random name, which is another one in every run."""
_MOST_READ = 16 << 20
"""Bytes of a text in which a folder is looked for."""
_ADDED = "the first run added to what was there before"
_TEMPORARY = "only one of the two left it in a folder for temporary files"
_PASSING_FOLDERS = ("/tmp/", "/var/tmp/", "/dev/shm/")  # noqa: S108 - names on record, nothing is written there


class Compared(NamedTuple):
    """One output of the first run beside that of the second.

    ``sameness`` is `IDENTICAL`, `EQUAL` by value, `WITHIN` tolerance, `DIFFERENT`, `MISSING` in the second, `NEW`
    in it, or `UNKNOWN` where the bytes of one are not in the store.
    """

    path: str
    sameness: str
    detail: str = ""

    @property
    def counts(self) -> bool:
        """Whether the verdict depends on it.

        Not on a file to which each run adds, which holds what others wrote, nor on one that passes.
        """
        return self.detail not in {_ADDED, _TEMPORARY}


def compare_outputs(
    store: Store, a: Iterable[FileRef], b: Iterable[FileRef], *, tolerance: float, folders: tuple[str, str]
) -> tuple[Compared, ...]:
    """Each output of both runs, sorted by path; ``folders`` are those in which the two ran."""
    pairs = _pairs(_files(store, a), _files(store, b), folders)
    found = [_compared(store, left, right, tolerance, folders) for left, right in pairs]
    return tuple(sorted(found, key=lambda each: each.path))


def _compared(
    store: Store, a: FileRef | None, b: FileRef | None, tolerance: float, folders: tuple[str, str]
) -> Compared:
    if a is None or b is None:
        return _alone(a, b)
    if a.oid == b.oid:
        return Compared(a.path, IDENTICAL)
    if a.role == "added":
        return Compared(a.path, UNKNOWN, _ADDED)
    if not all(store.objects.has(bytes.fromhex(ref.oid), BLOB) for ref in (a, b)):
        return Compared(a.path, UNKNOWN, "the bytes differ, and are not in the store to be compared by value")
    return _of_both(store, a, b, tolerance, folders)


def _of_both(store: Store, a: FileRef, b: FileRef, tolerance: float, folders: tuple[str, str]) -> Compared:
    """Two files of other bytes, which the store has."""
    contents = stored(store.objects, a), stored(store.objects, b)
    if not all(map(_is_sound, contents)):
        return Compared(a.path, UNKNOWN, DAMAGED)
    if _same_elsewhere(store, a, b, folders):
        return Compared(a.path, EQUAL, "the bytes differ in nothing but the folder that it ran in")
    found = compare(*contents, tolerance=tolerance)
    sameness = DIFFERENT if found.sameness == "unreadable" else found.sameness
    return Compared(a.path, sameness, found.detail)


def _is_sound(content: StoredBlob) -> bool:
    """Whether its bytes are those of its id: what is damaged says nothing about the run."""
    try:
        content.open().close()
    except CacheDamagedError:
        raise
    except CorruptError:
        return False
    return True


def _alone(a: FileRef | None, b: FileRef | None) -> Compared:
    """An output that only one of the two has."""
    path = a.path if a else b.path if b else ""
    if path.startswith(_PASSING_FOLDERS):
        return Compared(path, UNKNOWN, _TEMPORARY)
    if a is not None:
        return Compared(a.path, MISSING, "the second run did not make it")
    assert b is not None  # noqa: S101 - for the type checker: a pair is never empty
    return Compared(b.path, NEW, "only the second run made it")


def _same_elsewhere(store: Store, a: FileRef, b: FileRef, folders: tuple[str, str]) -> bool:
    """Whether two texts are the same but for the folder of their run: a program may note where it ran."""
    if max(a.size, b.size) > _MOST_READ or len(folders[0]) < 2 or len(folders[1]) < 2:  # noqa: PLR2004 - "/"
        return False
    texts = [store.objects.blob(bytes.fromhex(ref.oid)) for ref in (a, b)]
    if any(b"\0" in text for text in texts):
        return False
    left, right = (text.replace(os.fsencode(top), b"<folder>") for text, top in zip(texts, folders, strict=True))
    return left == right


def _files(store: Store, refs: Iterable[FileRef]) -> dict[str, FileRef]:
    """The files, those of folders one by one; a folder that cannot be read can still be told to be another."""
    return {each.path: each for ref in refs for each in files_of(store.objects, ref)}


def _pairs(
    a: dict[str, FileRef], b: dict[str, FileRef], folders: tuple[str, str]
) -> Iterator[tuple[FileRef | None, FileRef | None]]:
    """Files of one path; then those whose paths differ only in what is another in every run, in order."""
    for path in a.keys() & b.keys():
        yield a[path], b[path]
    left = _by_shape(a.keys() - b.keys(), folders[0])
    right = _by_shape(b.keys() - a.keys(), folders[1])
    for shape in left.keys() | right.keys():
        mine, theirs = left.get(shape, []), right.get(shape, [])
        for at in range(max(len(mine), len(theirs))):
            yield a[mine[at]] if at < len(mine) else None, b[theirs[at]] if at < len(theirs) else None


def _by_shape(paths: Iterable[str], folder: str) -> dict[str, list[str]]:
    """The paths by what no run changes in them. A cache may name its folders by the path of the project."""
    spelled = [folder.strip("/").replace("/", between) for between in "-_" if folder.strip("/")]
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(paths):
        shape = path
        for each in spelled:
            shape = shape.replace(each, "#")
        found[_PASSING.sub("#", shape)].append(path)
    return found
