"""Where in the files of a run secrets are: they are kept as they are, and what was found is put on record.

Each blob and each tree is searched once; the result is remembered by its id, so that what did not change
costs one question. What the budget does not reach is found by a later run, or before it is sent anywhere.
"""

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from runlore.errors import CorruptError
from runlore.records import tree
from runlore.records.hashing import blob_digest
from runlore.records.run import FileRef, Recipe
from runlore.store.objects import Objects
from runlore.store.pack import BLOB
from runlore.store.statcache import StatCache

if TYPE_CHECKING:
    from runlore.capture.secrets import Finding

BUDGET = 8 << 20
"""Bytes that are searched after one run: less than half a second."""
_RULES = b"3"
"""Which rules; what others found is not asked for."""
_STRICT = b"="
_EACH = 1 << 10  # bytes that could be searched in the time in which a file is opened
_IN_FILE, _IN_ALL = 20, 500
_DEEPEST = 200
_TELLING = frozenset(
    (".env", ".ini", ".cfg", ".conf", ".properties", ".pem", ".key", ".json", ".yaml", ".yml", ".toml", ".tfvars")
)

_SETTINGS = (".env", ".ini", ".cfg", ".conf", ".properties", ".tfvars")
_SETTINGS_FILES = frozenset((".netrc", ".npmrc", ".pypirc", "credentials"))

_MADE_UP = re.compile(rb"mlrun: made-up|gitleaks:allow|pragma: allowlist secret|trufflehog:ignore")
"""How a line says that what is on it is no secret: in our words, or in those of other programs that look for some."""

Row = tuple[str, int, str, str]
"""Path, line, rule and fingerprint."""


Found = tuple[tuple[dict[str, str | int], ...], int]
"""What is in the files of a run, sorted, and how many of them were not searched.

Each is ``{"part", "path", "line", "rule", "fingerprint"}``; the part is ``code``, ``config``, ``input`` or
``patch``, lines count from 1.
"""


class Search:
    """A search through objects of a store, with what earlier ones found in mind."""

    def __init__(
        self,
        objects: Objects,
        stats: StatCache,
        key: bytes,
        budget: int = BUDGET,
        *,
        made_up: Collection[str] = (),
    ) -> None:
        """``key`` is the store's; at most ``budget`` bytes are searched that were not before.

        ``made_up`` are the fingerprints of what somebody has said to be no secret.
        """
        self._made_up = made_up
        self._objects = objects
        self._stats = stats
        self._key = key
        self._budget = budget
        self._fresh: dict[bytes, bytes] = {}
        self._secrets: dict[str, dict[str, str | int]] = {}
        self._unsearched = 0

    def recipe(self, recipe: Recipe) -> None:
        """Search the code and the config files of a recipe."""
        if recipe.code is not None:
            self.code(recipe.code)
        for each in recipe.config:
            self.blob("config", each["path"], each["oid"])

    def code(self, oid: str) -> None:
        """Search a code tree."""
        rows, missing = self._tree(bytes.fromhex(oid), _DEEPEST)
        self._add("code", rows, missing)

    def blob(self, part: str, path: str, oid: str, size: int = 0) -> None:
        """Search a blob that is the file ``path``; ``part`` as in `Found`, ``size`` bytes if that is known."""
        rows = self._blob(bytes.fromhex(oid), size, strict=part != "config" and not is_settings(path))
        self._add(part, _below(path, rows or ()), rows is None)

    def inputs(self, refs: Iterable[FileRef]) -> None:
        """Search the inputs that may well hold a secret: code, and what settings are kept in. Data is not searched."""
        for ref in refs:
            if ref.stored and ref.kind in "fx" and _may_tell(ref):
                self.blob("input", ref.path, ref.oid, ref.size)

    def found(self) -> Found:
        """Everything that was found; remembered for the next time."""
        self._stats.put_all(self._fresh.items())
        self._fresh = {}
        return tuple(self._secrets[name] for name in sorted(self._secrets)[:_IN_ALL]), self._unsearched

    def _add(self, part: str, rows: Iterable[Row], missing: int) -> None:
        self._unsearched += missing
        for path, line, rule, fingerprint in rows:
            if fingerprint in self._made_up:
                continue
            # A config file may be part of the code too.
            self._secrets.setdefault(
                f"{path}\0{line:09}\0{rule}\0{fingerprint}",
                {"part": part, "path": path, "line": line, "rule": rule, "fingerprint": fingerprint},
            )

    def _tree(self, digest: bytes, levels: int) -> tuple[list[Row], int]:
        """What is in the files of a tree, and how many of them were not searched."""
        known = self._known(digest)
        if known is not None or levels == 0:
            return known or [], known is None
        rows: list[Row] = []
        missing = 0
        for entry in self._entries(digest):
            if entry.kind == tree.FOLDER:
                inside, left = self._tree(entry.digest, levels - 1)
            elif entry.kind == tree.SYMLINK or entry.size == 0:
                continue
            else:
                found = self._blob(entry.digest, entry.size, strict=not is_settings(os.fsdecode(entry.name)))
                inside, left = found or [], found is None
            rows += _below(os.fsdecode(entry.name), inside)
            missing += left
        if not missing:
            self._remember(digest, rows)
        return rows, missing

    def _entries(self, digest: bytes) -> tuple[tree.Entry, ...]:
        try:
            return self._objects.tree(digest)
        except CorruptError:
            return ()  # fsck says so

    def _blob(self, digest: bytes, size: int, *, strict: bool) -> list[Row] | None:
        """What is in a file, paths left empty; ``None`` if there was no time to look."""
        asked = _STRICT + digest if strict else digest
        if (known := self._known(asked)) is not None:
            return known
        from runlore.capture.secrets import LIMIT, scan_file  # noqa: PLC0415 - only after a change

        if size > LIMIT or not self._objects.has(digest, BLOB):
            return []  # data, or never kept and so never sent
        if self._budget <= 0:
            return None
        try:
            data = self._objects.blob(digest)
        except CorruptError:
            return []  # fsck says so
        self._budget -= len(data) + _EACH
        found = without_made_up(scan_file(data, self._key, strict=strict), data)
        rows = [("", line, each.rule, each.fingerprint) for line, each in found[:_IN_FILE]]
        self._remember(asked, rows)
        return rows

    def _known(self, asked: bytes) -> list[Row] | None:
        name = self._name(asked)
        data = self._fresh.get(name) or self._stats.get(name)
        return None if data is None else [(path, line, rule, known) for path, line, rule, known in json.loads(data)]

    def _remember(self, asked: bytes, rows: list[Row]) -> None:
        self._fresh[self._name(asked)] = json.dumps(rows, separators=(",", ":")).encode()

    def _name(self, asked: bytes) -> bytes:
        """What is known under another key, or by other rules, is not known."""
        return b"s:" + blob_digest(self._key + _RULES + asked)


def _below(name: str, rows: Iterable[Row]) -> Iterator[Row]:
    for path, line, rule, fingerprint in rows:
        yield (f"{name}/{path}" if path else name), line, rule, fingerprint


def _may_tell(ref: FileRef) -> bool:
    name = os.path.basename(ref.path).lower()
    return ref.role == "code" or name.startswith(".") or os.path.splitext(name)[1] in _TELLING


def is_settings(path: str) -> bool:
    """Whether a file of this name holds settings and nothing else: what a name tells of in it is no expression."""
    name = os.path.basename(path).lower()
    return name.endswith(_SETTINGS) or name.startswith(".env.") or name in _SETTINGS_FILES


def without_made_up(found: "list[tuple[int, Finding]]", data: bytes) -> "list[tuple[int, Finding]]":
    """What was found but for what the file says to be made up: on that very line, or on another that has the same."""
    if not found or not _MADE_UP.search(data):
        return found
    lines = data.split(b"\n")
    made_up = {each.fingerprint for line, each in found if _MADE_UP.search(lines[line - 1])}
    return [(line, each) for line, each in found if each.fingerprint not in made_up]
