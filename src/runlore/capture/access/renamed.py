"""Other names of files that a run made: those that they got past the observer, by system calls of its own or links."""

import os
import stat
import struct
from collections import defaultdict
from collections.abc import Iterator, Mapping

_INODE = struct.Struct("<Q")


def other_names(made: Mapping[bytes, bytes], passing: tuple[bytes, ...]) -> Iterator[tuple[bytes, bytes]]:
    """Pairs of a path in ``made`` and another that the same file has now.

    ``made`` says in which state each file was when it was opened. Only files that are gone, or have more than one
    name, are looked for, and only in their folder or the next one above that is still there: safetensors writes
    ``.tmpXXXXXX`` and renames it without the C library. The folders ``passing``, which the whole machine shares, are
    left out: what lies there under the same number is somebody else's.
    """
    wanted: dict[bytes, dict[int, bytes]] = defaultdict(dict)
    for path, state in made.items():
        if state and _may_have_others(path):
            wanted[os.path.dirname(path)][_inode(state)] = path
    for folder, files in wanted.items():
        standing = folder if os.path.isdir(folder) else os.path.dirname(folder)
        if standing not in passing:
            yield from _found(standing, files)


def _found(folder: bytes, files: Mapping[int, bytes]) -> Iterator[tuple[bytes, bytes]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                source = files.get(entry.inode())
                if source is not None and source != entry.path and entry.is_file(follow_symlinks=False):
                    yield source, entry.path
    except OSError:
        return


def _may_have_others(path: bytes) -> bool:
    try:
        found = os.lstat(path)
    except OSError:
        return True
    return stat.S_ISREG(found.st_mode) and found.st_nlink > 1


def _inode(state: bytes) -> int:
    """The last field of `capture.content.state_of`."""
    number: int = _INODE.unpack(state[-_INODE.size :])[0]
    return number
