"""The files that a run itself has made, and what is in the way of making them again."""

import os
import stat
from collections.abc import Iterable

from runlore.ops.newcomers import parents
from runlore.ops.parts import Parts
from runlore.records.run import FileRef
from runlore.store.objects import Objects
from runlore.store.whole import files_of


def made(objects: Objects, parts: Parts) -> tuple[tuple[FileRef, ...], tuple[FileRef, ...]]:
    """The files that the run was seen to make, and those that only lay in a folder that it was said to make.

    Where a hundred and more lay in such a folder, it is not known which of them the run made: all count as made.
    """
    seen = frozenset(parts.seal.order if parts.seal else ())
    own: list[FileRef] = []
    beside: list[FileRef] = []
    for ref in (each for found in parts.outputs for each in files_of(objects, found)):
        (own if ref.how != "declared" or is_among(ref.path, seen) else beside).append(ref)
    return tuple(own), tuple(beside)


def is_among(path: str, known: Iterable[str]) -> bool:
    """Whether it is one of these paths, or lies in a folder that is."""
    while path:
        if path in known:
            return True
        path = path.rpartition("/")[0]
    return False


def obstacle(path: str) -> str | None:
    """Why a run that writes a file there would do something else than make it; ``None`` if nothing is in the way."""
    folder = next(parent for parent in (*parents(path), "/") if os.path.lexists(parent))
    if os.path.realpath(folder) != folder:
        return "a link leads elsewhere"
    if not os.path.isdir(folder):
        return "what is there is not a folder"
    try:
        found = os.lstat(path)
    except OSError:
        return None if os.access(folder, os.W_OK | os.X_OK) else "nothing may be written there"
    if not stat.S_ISREG(found.st_mode):
        return "what is there is not a plain file"
    return None if os.access(path, os.W_OK) else "it may not be written to"
