"""The sources of editable distributions: where they are, and a copy of those that lie outside the project."""

import os
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from runlore.capture.code import snapshot_code
from runlore.capture.installed import Distribution, listed
from runlore.capture.listing import Row, list_code
from runlore.capture.snapshot import Snapshot
from runlore.records.canonical import Json
from runlore.records.paths import is_below
from runlore.records.run import Warn
from runlore.store.settings import Limits
from runlore.store.statcache import StatCache
from runlore.store.writer import ObjectWriter

_KEY = b"s:"
REBUILT = "/.mlrun/envs/"
"""What the paths of all that was made again have in them, sources among it: those are not the project's."""
_LITERAL = re.compile(r"(['\"])(/[^'\"\\\n]*)\1")
_MOST_TEXT = 4 << 20
_MOST_FILES = 50_000


class Place(NamedTuple):
    """Where files are kept, and what limits there are.

    ``top`` is that of the project, whose files are in the code tree already. What has changed after ``settled`` may
    change again unseen.
    """

    stats: StatCache
    writer: ObjectWriter
    limits: Limits
    top: str
    settled: int


def source_paths(distribution: Distribution) -> list[str]:
    """The folders and modules that an editable distribution imports from, none of them in another."""
    found = {
        path
        for row in listed(distribution)
        if "/" not in row.path and row.path.endswith((".pth", ".py"))
        for path in _named(f"{distribution.folder}/{row.path}")
        if not (path + "/").startswith(distribution.folder + "/") and path != "/"
    }
    return [path for path in sorted(found) if not any(path.startswith(other + "/") for other in found)]


def _named(file: str) -> Iterator[str]:
    """The absolute paths of things that exist in a ``.pth`` file or in the literals of a module."""
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as text:
            lines = text.read(_MOST_TEXT).splitlines()
    except OSError:
        return
    for line in lines:
        whole = file.endswith(".pth") and not line.startswith(("import ", "import\t"))
        for path in [line.strip()] if whole else [literal[1] for literal in _LITERAL.findall(line)]:
            if os.path.isabs(path) and "\0" not in path and os.path.exists(path):
                yield os.path.normpath(path)


class Sources:
    """Takes roots in one by one. ``whole`` is whether all that was wanted is kept; ``warnings`` fill up meanwhile."""

    def __init__(self, place: Place) -> None:
        """``place`` is where they go."""
        self._place = place
        self.whole = True
        self.warnings: list[Warn] = []

    def root(self, path: str, used: bool) -> Mapping[str, Json]:
        """What the seal says of the sources at ``path``; a copy is made only of those that were used."""
        for top in dict.fromkeys((self._place.top, os.path.realpath(self._place.top))):
            is_inside = path == top or (is_below(path, top) and REBUILT not in path)
            if is_inside:
                return {"path": path, "inside": os.path.relpath(path, top), "tree": None}
        folder = path if os.path.isdir(path) else os.path.dirname(path)
        oid = self._kept(folder, None if folder == path else os.fsencode(os.path.basename(path))) if used else None
        return {"path": folder, "inside": None, "tree": oid}

    def _kept(self, folder: str, only: bytes | None) -> str | None:
        """The tree of a folder, or of one file in it."""
        try:
            rows = _row(folder, only) if only else list_code(folder).rows
        except OSError as error:
            self._warn(folder, error.strerror or "it cannot be read")
            return None
        if len(rows) > _MOST_FILES:
            self._warn(folder, f"it has {len(rows)} files")
            return None
        key = _KEY + os.fsencode(folder) + b"\0"
        place = self._place
        snapshot = Snapshot(place.stats, place.writer, settled=place.settled, prefix=key)
        made = snapshot_code(folder, rows, snapshot, place.limits, prefix=key)
        self.whole &= not (made.omitted or snapshot.warnings)
        return made.tree

    def _warn(self, folder: str, why: str) -> None:
        self.whole = False
        self.warnings.append(Warn("package-not-kept", f'the sources in "{folder}" are not kept: {why}'))


def _row(folder: str, name: bytes) -> list[Row]:
    found = os.lstat(os.fsencode(folder) + b"/" + name)
    return [Row(path=name, stat=found, tracked=False)]
