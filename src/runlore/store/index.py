"""`cache/index.db`: where objects lie and what runs there are. Derived from the files, never the truth."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from runlore.errors import CorruptError
from runlore.records.hashing import is_id
from runlore.records.portions import portions
from runlore.store import catalog, places
from runlore.store.catalog import RunRow
from runlore.store.database import Database
from runlore.store.pack import Place, Row, is_pack_name, read_table

if TYPE_CHECKING:
    from runlore.store.condition import Condition
    from runlore.store.search import Known, Search

_VERSION = 7
_SCHEMA = """
CREATE TABLE seen (folder TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE events (id TEXT PRIMARY KEY, ref TEXT NOT NULL, event BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX events_by_ref ON events (ref);
"""
_COLUMNS = "id, started_at, name, experiment, sealed, summary, mark FROM runs JOIN summaries ON run = number"
_MANY = 500
"""Values in one query: SQLite's limit was 999 for long."""
_AT_ONCE = 5000
_FILES_AT_ONCE = 200_000
"""Runs that are taken in together: enough for the tables to be filled in order, few enough to fit into memory."""
_SETTLED = 2_000_000_000
"""Nanoseconds after which a folder's time stamp stands for its content: no clock in use is coarser."""


class Index:
    """The open index of a store."""

    def __init__(self, cache: str) -> None:
        """``cache`` is the store's folder of that name."""
        self._db = Database(cache + "/index.db", schema=_SCHEMA + places.SCHEMA + catalog.SCHEMA, version=_VERSION)
        self._refreshing: dict[str, Callable[[], None]] = {}
        self._emptied = 0

    def _refresh(self, kind: str, work: Callable[[], None]) -> None:
        """Take in what appeared; where the cache lost what it held, also what others had it take in."""
        self._refreshing[kind] = work

        def refresh() -> None:
            todo = [work]
            while todo:
                before = self._db.emptied
                for each in list(self._refreshing.values()) if before != self._emptied else todo:
                    each()
                self._emptied = before
                todo = [] if before == self._db.emptied else [work]  # a question may have found the damage

        self._db.retried(refresh)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def locate(self, digest: bytes, kind: bytes) -> tuple[str, int, int] | None:
        """The pack, offset and length of an object, or ``None``."""
        return places.locate(self._db, digest, kind)

    def present(self, digests: Iterable[bytes], kind: bytes) -> set[bytes]:
        """Those of the objects that are here."""
        return places.present(self._db, digests, kind)

    def places(self, digests: Iterable[bytes], kind: bytes) -> list[tuple[str, int, int, bytes]]:
        """The pack, offset, length and id of each of the objects that lies in a pack."""
        return places.places(self._db, digests, kind)

    def of_pack(self, name: str) -> list[Place]:
        """Everything that is known to lie in a pack, also of one that was damaged since."""
        return places.of_pack(self._db, name)

    def is_empty(self) -> bool:
        """Whether no pack is known: then no question about an object needs asking."""
        return self._db.first("SELECT 1 FROM packs LIMIT 1") is None

    def refresh_packs(self, packs: str) -> None:
        """Take in packs that appeared in the folder ``packs``; start again if one went.

        What is no whole pack holds nothing that can be found; `fsck` says so.
        """
        self._refresh("packs", lambda: self._refresh_packs(packs))

    def _refresh_packs(self, packs: str) -> None:
        listing = self._look("packs", packs, "SELECT name FROM packs")
        if listing is None:
            return
        there = {name for name in listing.there if is_pack_name(name)}
        gone = listing.known - there
        fresh = sorted(there if gone else there - listing.known)
        tables = {name: table for name in fresh if (table := _table(f"{packs}/{name}")) is not None}
        with self._db.transaction():
            if gone:
                places.forget_packs(self._db)
            for name, table in tables.items():
                places.put_pack(self._db, name, table)
            if len(tables) == len(fresh):
                self._mark(listing)

    def add_pack(self, name: str, table: Sequence[Row]) -> None:
        """Take in a pack that was just written."""

        def add() -> None:
            with self._db.transaction():
                places.put_pack(self._db, name, table)

        self._db.retried(add)

    def drop_packs(self, names: Iterable[str]) -> None:
        """Forget packs that go. What of them is still wanted was written into others, which were taken in before."""
        gone = list(names)

        def drop() -> None:
            with self._db.transaction():
                places.drop_packs(self._db, gone)

        self._db.retried(drop)

    def take_over(self, name: str, table: Sequence[Row]) -> None:
        """Take in a pack of objects that lay in others: they are looked for in it from now on."""

        def take() -> None:
            with self._db.transaction():
                places.take_over(self._db, name, table)

        self._db.retried(take)

    def erase(self) -> None:
        """Leave nothing in the file of runs and events that were forgotten, names of theirs included."""

        def erase() -> None:
            with self._db.transaction():
                catalog.prune(self._db)
            self._db.change("VACUUM")

        self._db.retried(erase)

    def refresh_runs(self, runs: str, read: Callable[[Sequence[str]], Iterable[RunRow | None]]) -> list[str]:
        """Take in runs that appeared in the folder ``runs`` or were sealed since, and forget those that went.

        ``read`` gives the rows of runs in their order, ``None`` for one that cannot be read; such a run is asked for
        again the next time, and its id returned.
        """
        unreadable: list[str] = []
        self._refresh("runs", lambda: self._refresh_runs(runs, read, unreadable))
        return unreadable

    def _refresh_runs(
        self, runs: str, read: Callable[[Sequence[str]], Iterable[RunRow | None]], unreadable: list[str]
    ) -> None:
        listing = self._look("runs", runs, "SELECT id FROM runs")
        fresh = {name for name in self.unsealed() if os.path.exists(f"{runs}/{name}/seal")}
        if listing is None and not fresh:
            return
        gone: set[str] = set()
        if listing is not None:
            fresh |= {name for name in listing.there - listing.known if is_id(name)}
            gone = listing.known - listing.there
        names = sorted(fresh)
        rows = zip(names, read(names), strict=True)
        whole = True
        for some in portions(rows, _files, _FILES_AT_ONCE, count=_AT_ONCE):
            with self._db.transaction():
                catalog.put_runs(self._db, (row for _, row in some if row))
            damaged = [name for name, row in some if row is None]
            unreadable += damaged
            whole = whole and not damaged
        with self._db.transaction():
            catalog.forget_runs(self._db, gone)
            if listing is not None and whole:
                self._mark(listing)

    def note_run(self, row: RunRow) -> bool:
        """Take in one run; False if others may be missing, so that `refresh_runs` is called for."""
        self._db.retried(lambda: self._put_run(row))
        return self._db.first("SELECT 1 FROM seen WHERE folder = 'runs'") is not None

    def _put_run(self, row: RunRow) -> None:
        with self._db.transaction():
            catalog.put_runs(self._db, [row])

    def refresh_events(self, events: str, read: Callable[[str], tuple[str, bytes] | None]) -> None:
        """Take in events that appeared in the folder ``events``; ``read`` gives an event's ref and bytes."""
        self._refresh("events", lambda: self._refresh_events(events, read))

    def _refresh_events(self, events: str, read: Callable[[str], tuple[str, bytes] | None]) -> None:
        listing = self._look("events", events, "SELECT id FROM events")
        if listing is None:
            return
        fresh = ((name, read(name)) for name in sorted(listing.there - listing.known) if is_id(name))
        rows = [(name, *event) for name, event in fresh if event]
        with self._db.transaction():
            self._db.change_many("DELETE FROM events WHERE id = ?", ((name,) for name in listing.known - listing.there))
            self._db.change_many("INSERT OR REPLACE INTO events VALUES (?, ?, ?)", rows)
            self._mark(listing)

    def newest(self) -> Iterator[str]:
        """The ids of all runs, newest first."""
        for (run,) in self._db.query("SELECT id FROM runs ORDER BY started_at DESC, id"):
            yield run

    def ended(self) -> Iterator[str]:
        """The ids of all runs that have a seal, in no order."""
        for (run,) in self._db.query("SELECT id FROM runs WHERE sealed = 1"):
            yield run

    def rows(self) -> Iterator[RunRow]:
        """All runs, newest first."""
        for row in self._db.query(f"SELECT {_COLUMNS} ORDER BY started_at DESC, id"):
            yield self._whole(row)

    def rows_of(self, ids: Sequence[str]) -> Iterator[RunRow]:
        """These runs, in this order, without those that are gone; a few at a time, and between them nobody waits."""
        for at in range(0, len(ids), _MANY):
            some = ids[at : at + _MANY]
            marks = ",".join("?" * len(some))
            rows = self._db.query(f"SELECT {_COLUMNS} WHERE id IN ({marks})", some)
            found = {row.id: row for row in map(self._whole, rows)}
            yield from (found[run] for run in some if run in found)

    def named(self, name: str) -> list[str]:
        """The ids of the runs with this name, newest first."""
        found = self._db.query(
            "SELECT id FROM runs WHERE name = ? ORDER BY started_at DESC, id", (catalog.stored_text(name),)
        )
        return [run for (run,) in found]

    def akin(self, seedless: str, code: str | None, *, limit: int) -> list[str]:
        """The ids of runs that succeeded with a recipe of that name, those of that code tree first, newest first."""
        tree = None if code is None else catalog.stored_text(code)
        found = self._db.query(
            "SELECT id FROM runs WHERE seedless = ? ORDER BY code IS NOT ?, started_at DESC, id LIMIT ?",
            (catalog.stored_text(seedless), tree, limit),
        )
        return [run for (run,) in found]

    def children(self, parent: str) -> list[str]:
        """The ids of the runs that repeat that one, or were made of it, oldest first."""
        found = self._db.query(
            "SELECT id FROM runs WHERE parent = ? ORDER BY started_at, id", (catalog.stored_text(parent),)
        )
        return [run for (run,) in found]

    def names(self) -> list[str]:
        """Every name a run has."""
        return [
            name.decode("utf-8", "surrogatepass")
            for (name,) in self._db.query("SELECT DISTINCT name FROM runs WHERE name IS NOT NULL")
        ]

    def search(self, condition: "Condition | None", known: "Known") -> "Search":
        """The runs that meet a condition, to be counted and named."""
        from runlore.store.search import Search  # noqa: PLC0415 - exec does without

        return Search(self._db, condition, known)

    def key_names(self, kind: str) -> list[str]:
        """The names of all parameters (``catalog.PARAM``) or metrics (``catalog.METRIC``) that runs have."""
        return catalog.key_names(self._db, kind)

    def starting(self, prefix: str) -> list[str]:
        """The ids that start with these hex digits."""
        return [
            run for (run,) in self._db.query("SELECT id FROM runs WHERE id >= ? AND id < ?", (prefix, prefix + "g"))
        ]

    def unsealed_rows(self) -> list[RunRow]:
        """The rows of the runs that had no seal when they were last looked at."""
        return [self._whole(row) for row in self._db.known(f"SELECT {_COLUMNS} WHERE sealed = 0")]

    def _whole(self, row: tuple[Any, ...]) -> RunRow:
        """The row, whose last column stands for the others; raises `CacheDamagedError` if it does not."""
        if catalog.mark_of(row[:-1]) != row[-1]:
            raise self._db.spoilt()
        return RunRow(*row[:-1])

    def unsealed(self) -> list[str]:
        """Runs that had no seal when they were last looked at."""
        return [name for (name,) in self._db.known("SELECT id FROM runs WHERE sealed = 0")]

    def events(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Id and bytes of every event about a ref that starts with ``prefix``."""
        # The end of the range: no ref holds U+10FFFF, which SQLite sorts after everything else.
        yield from self._db.query(
            "SELECT id, event FROM events WHERE ref >= ? AND ref < ?", (prefix, prefix + "\U0010ffff")
        )

    def agrees(self, fresh: "Index", packs: str) -> bool:
        """Whether it says the same as one that was made a moment ago; ``packs`` is the store's folder of that name."""
        from runlore.store.sameness import differ  # noqa: PLC0415 - fsck alone

        return not differ(self._db, fresh._db, packs)  # noqa: SLF001 - one of the same kind

    def _look(self, kind: str, folder: str, known: str) -> "_Listing | None":
        """What is in ``folder`` and what we know of it, or ``None`` if it has not changed since it was marked."""
        about = os.stat(folder)
        # A tool that copies a store over another gives the folder the other's time stamp, but for that of change.
        state = f"{about.st_dev} {about.st_ino} {about.st_mtime_ns} {about.st_ctime_ns}"
        row = self._db.first("SELECT state FROM seen WHERE folder = ?", (kind,))
        if row is not None and row[0] == state:
            return None
        there = set(os.listdir(folder))
        changed = max(about.st_mtime_ns, about.st_ctime_ns)
        return _Listing(kind, state, changed, there, {name for (name,) in self._db.query(known)})

    def _mark(self, listing: "_Listing") -> None:
        """Remember the folder's time stamp, unless it is so young that a later change could share it."""
        if listing.changed + _SETTLED < time.time_ns():
            self._db.change("INSERT OR REPLACE INTO seen VALUES (?, ?)", (listing.kind, listing.state))


def _files(named: tuple[str, RunRow | None]) -> int:
    _, row = named
    return sum(map(len, row.files.values())) if row else 0


class _Listing(NamedTuple):
    kind: str
    state: str
    changed: int
    there: set[str]
    known: set[str]


def _table(path: str) -> list[Place] | None:
    try:
        return read_table(path)
    except (CorruptError, OSError):
        return None
