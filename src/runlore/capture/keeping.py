"""Distributions that no index can give again, put into the store, so that one that vanishes ends nothing.

Those are the ones that came from a folder or a file, and those whose files somebody has changed.
"""

import contextlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from runlore.capture.environment import packages_in
from runlore.capture.installed import Distribution, Listed, distributions, holds, is_relocated, listed
from runlore.capture.pristine import Read, Reading, Used
from runlore.capture.snapshot import File, Folder, Snapshot
from runlore.capture.sources import REBUILT, Place, Sources, source_paths
from runlore.records.canonical import Json
from runlore.records.paths import is_below
from runlore.records.run import Warn
from runlore.store.statcache import StatCache

_KEY = b"e:"
"""What the keys of these folders begin with in the stat cache."""
_OURS = frozenset(("editable", "local", "unknown"))
_MOST_NAMES = 1 << 16
_SMALL = 1 << 20
"""Bytes that are worth more than they cost, whatever the limit."""
_SCRIPT = re.compile(rb"^([\w.][\w.+-]*)[ \t]*=", re.MULTILINE)


class Candidate(NamedTuple):
    """A distribution to keep, why, and the files that were added to it or changed in it."""

    distribution: Distribution
    why: str
    altered: tuple[str, ...] = ()


def unindexed(path: Sequence[str], stats: StatCache | None) -> list[Candidate]:
    """The distributions on a Python path that no index gives, whatever was imported of them."""
    seen: set[str] = set()
    found = []
    for entry in dict.fromkeys(path):
        here = packages_in(entry, stats)
        why = {
            (each.name, each.version): each.source or ""
            for each in here
            if each.name not in seen and each.source in _OURS
        }
        seen.update(each.name for each in here)
        installed = distributions(os.path.realpath(entry)) if why else ()
        found += [Candidate(each, why[each[:2]]) for each in installed if each[:2] in why]
    return found


def patched(folder: str, reading: Reading, imported: Iterable[str]) -> list[Candidate]:
    """The distributions in ``folder`` of which a file that was read is not what their RECORD says."""
    names = set(imported)
    here = [each for each in distributions(folder) if not is_relocated(each)]
    rows = _Rows([each for each in here if each.name in names])
    if any(read.path not in rows.files for read in reading.unsure):
        rows = _Rows(here)  # several distributions can bring parts of one package, and one of them counts as imported
    altered: dict[Distribution, list[str]] = {}
    for read in reading.unsure:
        if (known := rows.files.get(read.path)) is not None:
            if known[1].digest and not holds(f"{folder}/{read.path}", known[1], read.stat):
                altered.setdefault(known[0], []).append(read.path)
        elif (owner := _added(read, rows.tops)) is not None:
            altered.setdefault(owner, []).append(read.path)
    return [Candidate(each, "patched", tuple(paths)) for each, paths in altered.items()]


class _Rows:
    """The files of some distributions, and whose the names at the top of their folder are."""

    def __init__(self, installed: Iterable[Distribution]) -> None:
        self.files: dict[str, tuple[Distribution, Listed]] = {}
        self.tops: dict[str, Distribution] = {}
        for each in installed:
            for row in listed(each):
                self.files[row.path] = (each, row)
                self.tops.setdefault(row.path.partition("/")[0], each)


def _added(read: Read, tops: Mapping[str, Distribution]) -> Distribution | None:
    """The distribution among whose files this module was put."""
    if "/" not in read.path or not read.path.endswith((".py", ".so")):
        return None
    return tops.get(read.path.partition("/")[0])


class Keeper:
    """Keeps distributions one by one; ``warnings`` fills up meanwhile."""

    def __init__(self, place: Place, prefix: str, used: Used) -> None:
        """``prefix`` is that of the interpreter."""
        self._place = place
        self._prefix = os.path.realpath(prefix)
        self._used = used
        self.warnings: list[Warn] = []

    def keep(self, candidate: Candidate) -> Mapping[str, Json] | None:
        """What the seal says of it; ``None``, and a warning, if it is not kept."""
        each, imported = candidate.distribution, self._used.imported
        if candidate.why == "unknown" and (imported is None or each.name not in imported):
            return None  # a system's own distributions, of which there can be hundreds
        files = self._files(each, candidate.altered)
        size = sum(found.st_size for found in files.values())
        limits = self._place.limits
        if limits.data_store == "none" or (limits.data_store == "auto" and size > max(limits.data, _SMALL)):
            if imported is None or each.name in imported:
                message = f"{each.name} {each.version} came from no index, and is not kept: it is {size} bytes"
                self.warnings.append(Warn("package-not-kept", message))
            return None
        place, key = self._place, _KEY + os.fsencode(each.info) + b"\0"
        snapshot = Snapshot(place.stats, place.writer, settled=place.settled, prefix=key)
        where = {b"site": os.fsencode(each.folder), b"prefix": os.fsencode(self._prefix)}
        below = [(name, _tree(key + name, at, _Branch(files, name), snapshot)) for name, at in where.items()]
        made = snapshot.folder(key, b"", (), [(name, folder) for name, folder in below if folder.files])
        roots, whole = self._roots(candidate) if candidate.why == "editable" else ((), True)
        return {
            "name": each.name,
            "version": each.version,
            "why": candidate.why,
            "tree": made.digest.hex(),
            "whole": whole and not snapshot.omitted and not snapshot.warnings,
            "roots": roots,
        }

    def _files(self, distribution: Distribution, altered: Sequence[str]) -> dict[bytes, os.stat_result]:
        """Every file of it: below ``site/`` by its path in the folder of packages, or below ``prefix/``."""
        site, prefix = distribution.folder, self._prefix + "/"
        rows = [row.path for row in listed(distribution)] or _guessed(distribution)
        own = _entry_points(distribution.info)
        found: dict[bytes, os.stat_result] = {}
        metadata = os.path.basename(distribution.info)
        for name in (*rows, *altered, metadata, *_below(site, metadata)):
            path = os.path.normpath(os.path.join(site, name))
            if path.endswith(".pyc") or (os.path.dirname(path) == prefix + "bin" and os.path.basename(path) in own):
                continue
            if path.startswith(site + "/"):
                key = "site/" + path[len(site) + 1 :]
            elif path.startswith(prefix):
                key = "prefix/" + path[len(prefix) :]
            else:
                continue
            with contextlib.suppress(OSError):
                about = os.lstat(path)
                if stat.S_ISREG(about.st_mode) or stat.S_ISLNK(about.st_mode):
                    found[os.fsencode(key)] = about
        return found

    def _roots(self, candidate: Candidate) -> tuple[tuple[Mapping[str, Json], ...], bool]:
        """Where an editable one has its sources, and whether all that is wanted of them is kept."""
        sources = Sources(self._place)
        roots = tuple(sources.root(path, self._uses(path)) for path in source_paths(candidate.distribution))
        self.warnings += sources.warnings
        return roots, sources.whole

    def _uses(self, path: str) -> bool:
        """Whether the run read code there, or nobody looked; in a rebuilt environment that is not told apart."""
        if REBUILT in path:
            return True
        return self._used.imported is None or any(is_below(code, path) for code in self._used.code)


class _Branch:
    """The files of a folder and the folders below it."""

    def __init__(self, files: Mapping[bytes, os.stat_result] | None = None, top: bytes = b"") -> None:
        """Those of ``files`` whose path begins with ``top``."""
        self.files: list[File] = []
        self.folders: dict[bytes, _Branch] = {}
        for path, about in (files or {}).items():
            first, *between, name = path.split(b"/")
            branch = self
            if first == top:
                for each in between:
                    branch = branch.folders.setdefault(each, _Branch())
                branch.files.append(File(name, about, keep=True))


def _tree(key: bytes, path: bytes, branch: _Branch, snapshot: Snapshot) -> Folder:
    below = [
        (name, _tree(key + b"/" + name, path + b"/" + name, each, snapshot))
        for name, each in sorted(branch.folders.items())
    ]
    return snapshot.folder(key, path, branch.files, below)


def _guessed(distribution: Distribution) -> list[str]:
    """What a distribution without a RECORD brought, as far as its metadata says."""
    try:
        with open(distribution.info + "/top_level.txt", encoding="utf-8", errors="surrogateescape") as file:
            names = file.read(_MOST_NAMES).split()
    except OSError:
        names = [distribution.name.replace("-", "_")]
    found = []
    for name in names:
        if name and "/" not in name and name not in (".", ".."):
            found += [name + ".py", *_below(distribution.folder, name)]
    return found


def _below(folder: str, name: str) -> Iterator[str]:
    """The paths, from ``folder``, of every file below the folder ``name`` in it."""
    for at, folders, files in os.walk(os.path.join(folder, name)):
        folders[:] = sorted(each for each in folders if each != "__pycache__")
        for file in sorted(files):
            yield os.path.relpath(os.path.join(at, file), folder)


def _entry_points(info: str) -> frozenset[str]:
    """The names of programs that are made anew from the metadata, in each environment with its own interpreter."""
    try:
        with open(info + "/entry_points.txt", "rb") as file:
            return frozenset(map(os.fsdecode, _SCRIPT.findall(file.read(_MOST_NAMES))))
    except OSError:
        return frozenset()
