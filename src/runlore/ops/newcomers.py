"""What is in folders now and was not when an earlier run began: told by names, and by the times of the file system.

The time of change (ctime) counts: no program can put it back, and a file that is renamed gets a new one.
"""

import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator

_OF_TOOLS = re.compile(
    r"\..*\.sw[a-z]|.*~|#.*#|\.#.*|4913|\.DS_Store|\.coverage|\.(?:mypy|ruff)_cache|\.(?:hypothesis|tox|nox|idea|vscode)"
)
"""What editors and checkers put beside files as one works."""
_PACKAGES = ("site-packages", "dist-packages")
_COMPILED = (".pyc", ".pyo")


def younger(folder: str, than: int, counts: Callable[[str], bool], *, moved: bool = False) -> Iterator[str]:
    """The files below a folder that were made, changed or moved there since ``than`` (ns since 1970 UTC).

    Without what editors and checkers leave.
    """
    for entry in _entries(folder):
        if _OF_TOOLS.fullmatch(entry.name) or not counts(entry.path):
            continue
        found = entry.stat(follow_symlinks=False)
        if not stat.S_ISDIR(found.st_mode):
            if moved or found.st_ctime_ns > than:
                yield entry.path
        elif not os.path.exists(entry.path + "/pyvenv.cfg"):
            # Whatever comes or goes in a folder sets both of its times. If only one is new, the folder came as a whole.
            came = moved or (found.st_ctime_ns > than and found.st_ctime_ns > found.st_mtime_ns)
            yield from younger(entry.path, than, counts, moved=came)


def strange(
    folder: str, than: int, known: Collection[str], above: Collection[str], counts: Callable[[str], bool]
) -> Iterator[str]:
    """What nobody knows in a folder that was listed then, and in those below it that are ``above`` something known.

    Where nothing came or went since, also what nobody knows has been there.
    """
    try:
        changed = os.stat(folder).st_ctime_ns > than
    except OSError:
        return
    for entry in sorted(_entries(folder), key=lambda each: each.name):
        if entry.path in above:
            yield from strange(entry.path, than, known, above, counts)
        elif changed and entry.path not in known and counts(entry.path):
            yield entry.path


def newer_module(folders: Iterable[str], than: int, environment: Callable[[str], bool]) -> str | None:
    """A file from which modules can be imported and that is newer, in folders of packages and those that come first.

    ``environment`` is whether a folder is one of packages: these are looked through, of others the first level alone.
    """
    for folder in dict.fromkeys(folders):
        try:
            found = os.stat(folder)
        except OSError:
            continue
        if not stat.S_ISDIR(found.st_mode):
            if found.st_ctime_ns > than:
                return folder
        elif (newer := _newer_file(folder, than, deep=environment(folder))) is not None:
            return newer
    return None


def _newer_file(folder: str, than: int, *, deep: bool) -> str | None:
    for entry in _entries(folder):
        if entry.is_dir(follow_symlinks=False):
            if deep and entry.name != "__pycache__" and entry.name not in _PACKAGES:
                newer = _newer_file(entry.path, than, deep=True)
                if newer is not None:
                    return newer
        elif not entry.name.endswith(_COMPILED) and entry.stat(follow_symlinks=False).st_ctime_ns > than:
            return entry.path
    return None


def parents(path: str) -> Iterator[str]:
    """The folders that it lies in, the deepest first."""
    while len(path := os.path.dirname(path)) > 1:
        yield path


def _entries(folder: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []
