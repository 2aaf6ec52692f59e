"""Files of packages that a run read, and whether they are known to be as they were installed.

Known are those that were compared with the RECORD of their distribution in the state that they are in now: for
them a run costs one ``stat`` each.
"""

import os
import re
from collections.abc import Container, Iterable
from typing import NamedTuple

from runlore.capture.content import state_of
from runlore.store.checksum import fingerprint
from runlore.store.statcache import StatCache

_PLACES = re.compile(rb"(.*/(?:site|dist)-packages)/([^/].*)")
_COMPILED = re.compile(rb"(.*/)?__pycache__/([^/]+?)\.[^./]+(?:\.opt-\d)?\.pyc")
_METADATA = re.compile(rb"[^/]*\.(?:dist-info|egg-info|pth|egg-link)(?:/.*)?")
_OF_NOBODY = re.compile(rb"_virtualenv\.py|_distutils_hack/.*|(?:.*/)?__pycache__/.*")
_KEY = b"v:"
_SIZE = 16
_MOST = 1 << 16
"""Files of one folder that are remembered."""


class Read(NamedTuple):
    """A file that was read: its path relative to the folder of packages, and what there is to know of it now."""

    path: str
    stat: os.stat_result
    mark: bytes


class Reading(NamedTuple):
    """What was read of one folder of packages, and what of it is not known to be as it was installed."""

    files: tuple[Read, ...]
    unsure: tuple[Read, ...]


class Used(NamedTuple):
    """What a run imported (``None``: nobody looked), and which code outside the project it read."""

    imported: frozenset[str] | None
    code: tuple[str, ...]


def readings(stats: StatCache, paths: Iterable[bytes]) -> dict[str, Reading]:
    """What was read, by folder of packages; folders with nothing to check are left out."""
    folders: dict[bytes, set[bytes]] = {}
    for path in paths:
        if b"-packages/" in path and (found := _PLACES.fullmatch(path)) is not None and (file := _source(found[2])):
            folders.setdefault(found[1], set()).add(file)
    made = {}
    for folder, names in folders.items():
        value = stats.get(_KEY + folder) or b""
        known = {value[at : at + _SIZE] for at in range(0, len(value), _SIZE)}
        files = [read for name in sorted(names) if (read := _look(folder, name)) is not None]
        unsure = tuple(read for read in files if read.mark not in known)
        made[os.fsdecode(folder)] = Reading(tuple(files), unsure)
    return made


def remember(stats: StatCache, folder: str, reading: Reading, altered: Container[str], settled: int) -> None:
    """From now on the files of this reading are known, but for the altered and for what may change unseen."""
    key = _KEY + os.fsencode(folder)
    new = {
        read.mark
        for read in reading.files
        if read.path not in altered and max(read.stat.st_mtime_ns, read.stat.st_ctime_ns) < settled
    }
    value = stats.get(key) or b""
    before = {value[at : at + _SIZE] for at in range(0, len(value), _SIZE)}
    if not new <= before:
        stats.put(key, b"".join(sorted(new if len(before | new) > _MOST else before | new)))


def _source(name: bytes) -> bytes | None:
    """The file that a distribution brought where ``name`` was read; ``None`` for what none did."""
    if (found := _COMPILED.fullmatch(name)) is not None:
        name = (found[1] or b"") + found[2] + b".py"
    return None if _METADATA.fullmatch(name) or _OF_NOBODY.fullmatch(name) else name


def _look(folder: bytes, name: bytes) -> Read | None:
    try:
        found = os.stat(folder + b"/" + name)
    except OSError:
        return None  # a module of which only the compiled form is there
    return Read(os.fsdecode(name), found, fingerprint(name + b"\0" + state_of(found)))
