"""`cache/uses.db`: which runs made and read which objects, also inside folders. Derived, never the truth.

A folder is noted once, whichever run has it: what lies in it points up to it, and to those like it (`chains`). From a
file one climbs to every folder that holds it, and from there to the runs. A folder of very many is not noted but looked
through when one asks.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from runlore.errors import CorruptError
from runlore.records import tree
from runlore.store import chains
from runlore.store.database import Database
from runlore.store.noting import KIND_OF, ROLES, Noter, Reader, in_bytes

_VERSION = 2
_SCHEMA = """
CREATE TABLE runs (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, sealed INTEGER NOT NULL,
    started INTEGER NOT NULL, ended INTEGER, parent TEXT, kind TEXT);
CREATE INDEX runs_by_parent ON runs (parent) WHERE parent IS NOT NULL;
CREATE TABLE objects (number INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, size INTEGER);
CREATE TABLE paths (number INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE);
CREATE TABLE uses (object INTEGER, role INTEGER, run INTEGER, path INTEGER,
    PRIMARY KEY (object, role, run, path)) WITHOUT ROWID;
CREATE INDEX uses_by_run ON uses (run);
CREATE INDEX uses_by_path ON uses (path);
"""
_AROUND = (
    "SELECT i.object, f.object, p.path FROM inside i CROSS JOIN folders f ON f.chain = i.chain AND f.number BETWEEN "
    "i.first AND i.last JOIN paths p ON p.number = i.name WHERE"
)
"""Objects, the folders that they lie in directly, and their names there."""
_CLIMB = """
WITH RECURSIVE held (object) AS (
    SELECT number FROM objects WHERE digest BETWEEN ? AND ? OR number IN ({large})
    UNION SELECT f.object FROM held CROSS JOIN inside i ON i.object = held.object AND i.kind = ?
        CROSS JOIN folders f ON f.chain = i.chain AND f.number BETWEEN i.first AND i.last)
SELECT r.id, p.path FROM held CROSS JOIN uses u ON u.object = held.object AND u.role IN ({roles})
    JOIN runs r ON r.number = u.run JOIN paths p ON p.number = u.path
"""
"""Everything that is or holds one of some objects."""
_MANY = 500
"""Values in one query."""
MOST_LARGE = 100
"""Such folders that are looked through for one question, the newest first."""
MOST_PLACES = 20_000
"""Places in folders that are followed for one question."""
_AT_LEAST = 20
"""Folders of each object that are followed, however many objects are asked for."""


class Use(NamedTuple):
    """That a run made or read something at ``path``; times are nanoseconds since 1970 UTC, ``size`` bytes if known."""

    oid: bytes
    size: int | None
    run: str
    role: str
    path: str
    started_at: int
    ended_at: int | None


class Uses:
    """The open cache. ``cut`` turns true when a question had more answers than are looked at."""

    def __init__(self, cache: str, read_tree: Callable[[bytes], bytes]) -> None:
        """``cache`` is the store's folder of that name; ``read_tree`` gives a tree's bytes, or raises."""
        self._db = Database(cache + "/uses.db", schema=_SCHEMA + chains.SCHEMA, version=_VERSION)
        self._tree = read_tree
        self.cut = False

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def refresh(self, there: Mapping[str, bool], read: Reader) -> None:
        """Note the runs of ``there`` (by id, whether each has a seal) that are new or sealed since; forget the others.

        They are in the order of time. One that cannot be read is asked for again.
        """
        self._db.retried(lambda: Noter(self._db, self._tree).refresh(there, read))

    def of(self, digests: Iterable[bytes], kind: int) -> list[Use]:
        """The uses of these objects of that kind (`MADE`, `READ` or `HAD` as code), the newest run first.

        A file in a folder of a run counts as one of the run's. Several uses of an object by one run all count.
        """
        asked = self._numbered(set(digests))
        sizes: dict[int, int | None] = dict(self._in("SELECT number, size FROM objects WHERE number IN ({})", asked))
        places = self._climb(asked, kind)
        found: list[Use] = []
        roles = ",".join(str(ROLES.index(role)) for role in ROLES if KIND_OF[role] == kind)
        statement = (
            "SELECT u.object, u.role, p.path, r.id, r.started, r.ended FROM uses u JOIN runs r ON r.number = u.run "  # noqa: S608 - ours
            f"JOIN paths p ON p.number = u.path WHERE u.object IN ({{}}) AND role IN ({roles})"
        )
        for number, role, path, run, started, ended in self._in(statement, places):
            for origin, below in places[number]:
                where = os.fsdecode(path + b"/" + below if path and below else path or below)
                where = where.removeprefix("./")
                found.append(Use(asked[origin], sizes.get(origin), run, ROLES[role], where, started, ended))
            if len(found) >= MOST_PLACES:
                self.cut = True
                break
        return sorted(found, key=lambda use: (-use.started_at, use.run, use.role, use.path))

    def _climb(self, asked: Mapping[int, bytes], kind: int) -> dict[int, list[tuple[int, bytes]]]:
        """Every object that is one of those asked for or a folder that holds one; which, and where in it."""
        places: dict[int, list[tuple[int, bytes]]] = {number: [(number, b"")] for number in asked}
        frontier = {number: list(found) for number, found in places.items()}
        left = MOST_PLACES
        while frontier:
            above: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
            for number, folder, name in self._folders_of(frontier, asked, kind):
                for origin, below in frontier[number]:
                    above[folder].append((origin, name + b"/" + below if below else name))
                    left -= 1
                if left <= 0:
                    self.cut = True
                    break
            for folder, found in above.items():
                places.setdefault(folder, []).extend(found)
            frontier = above if left > 0 else {}
        return places

    def _folders_of(
        self, objects: Collection[int], asked: Mapping[int, bytes], kind: int
    ) -> Iterator[tuple[int, int, bytes]]:
        """Each of the objects, the folders that it lies in directly, the newest first, and its name there."""
        own = [number for number in objects if number in asked]
        each = MOST_PLACES // max(1, len(own)) + _AT_LEAST
        for number in own:
            rows = self._db.known(
                f"{_AROUND} i.object = ? AND i.kind = ? ORDER BY f.number DESC LIMIT ?", (number, kind, each)
            )
            self.cut |= len(rows) == each
            yield from rows
        above = [number for number in objects if number not in asked]
        yield from self._in(f"{_AROUND} i.object IN ({{}}) AND i.kind = {kind:d} LIMIT {MOST_PLACES + 1}", above)
        wanted = {asked[number]: number for number in objects if number in asked}
        yield from self._look_through(wanted, kind) if wanted else ()

    def _look_through(self, wanted: Mapping[bytes, int], kind: int) -> Iterator[tuple[int, int, bytes]]:
        """Where the objects lie directly in large folders."""
        for number, entries in self._large(kind):
            yield from ((wanted[each.digest], number, each.name) for each in entries if each.digest in wanted)

    def _large(self, kind: int) -> Iterator[tuple[int, tuple[tree.Entry, ...]]]:
        """The newest large folders, and what lies in each."""
        rows = self._db.known(
            "SELECT f.object, digest FROM folders f JOIN objects o ON o.number = f.object "
            "WHERE large = 1 AND kind = ? ORDER BY f.number DESC LIMIT ?",
            (kind, MOST_LARGE + 1),
        )
        self.cut |= len(rows) > MOST_LARGE
        for number, digest in rows[:MOST_LARGE]:
            try:
                yield number, tree.decode(self._tree(digest))
            except (CorruptError, tree.MalformedTreeError):
                continue

    def holding(self, digits: str, kind: int) -> Iterator[tuple[str, str]]:
        """Each run, and its path of a file or folder that is or holds an object whose id begins so; however many.

        What lies in a folder of very many is found in the newest of such.
        """
        low, high = _between(digits)
        large = ",".join(f"{number:d}" for number in self._large_with(low, high, kind))
        roles = ",".join(str(ROLES.index(role)) for role in ROLES if KIND_OF[role] == kind)
        statement = _CLIMB.format(large=large, roles=roles)
        for run, path in self._db.known(statement, (low, high, kind)):
            yield run, os.fsdecode(path)

    def _large_with(self, low: bytes, high: bytes, kind: int) -> Iterator[int]:
        """The numbers of the large folders in which such an object lies directly."""
        for number, entries in self._large(kind):
            if any(low <= each.digest <= high for each in entries):
                yield number

    def at(self, path: str) -> list[Use]:
        """The uses of whatever lay at this path, not inside a folder, the newest run first."""
        statement = (
            "SELECT o.digest, o.size, r.id, u.role, p.path, r.started, r.ended FROM paths p "
            "JOIN uses u ON u.path = p.number JOIN runs r ON r.number = u.run JOIN objects o ON o.number = u.object "
            "WHERE p.path = ? ORDER BY r.started DESC LIMIT ?"
        )
        rows = self._db.known(statement, (in_bytes(path), _MANY))
        return [Use(oid, size, run, ROLES[role], os.fsdecode(where), *at) for oid, size, run, role, where, *at in rows]

    def children(self, run: str) -> list[tuple[str, str]]:
        """The runs that were begun from this one, newest first, and what each is to it (``reproduces``)."""
        statement = "SELECT id, kind FROM runs WHERE parent = ? ORDER BY started DESC, id LIMIT ?"
        return list(self._db.known(statement, (run, _MANY)))

    def starting(self, prefix: str) -> list[str]:
        """Up to three ids of objects that start with these hex digits."""
        rows = self._db.known("SELECT digest FROM objects WHERE digest BETWEEN ? AND ? LIMIT 3", _between(prefix))
        return [digest.hex() for (digest,) in rows]

    def is_folder(self, oid: str) -> bool:
        """Whether the object is a tree that a run has."""
        statement = "SELECT 1 FROM folders f JOIN objects o ON o.number = f.object WHERE digest = ?"
        return self._db.first(statement, (bytes.fromhex(oid),)) is not None

    def _numbered(self, digests: set[bytes]) -> dict[int, bytes]:
        """The objects by number; one that is not noted may still lie in a large folder, and gets one below 0."""
        found: dict[int, bytes] = dict(self._in("SELECT number, digest FROM objects WHERE digest IN ({})", digests))
        return found | {-at: digest for at, digest in enumerate(digests.difference(found.values()), 1)}

    def _in(self, statement: str, values: Collection[int] | Collection[bytes]) -> Iterator[tuple[Any, ...]]:
        """The rows of a query with a set of values in it, asked for a part at a time."""
        every = list(values)
        for at in range(0, len(every), _MANY):
            some = every[at : at + _MANY]
            yield from self._db.known(statement.format(",".join("?" * len(some))), some)


def _between(digits: str) -> tuple[bytes, bytes]:
    """The least and the greatest id that begins so."""
    return bytes.fromhex(digits.ljust(64, "0")), bytes.fromhex(digits.ljust(64, "f"))
