"""What is written into `cache/uses.db`: each run with what it made and read, and `chains` of the folders of runs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from runlore.records.portions import portions
from runlore.store.chains import Chains
from runlore.store.database import Database
from runlore.store.numbers import Numbers

OUTPUT, INPUT, CONFIG, CODE = ROLES = ("output", "input", "config", "code")

MADE, READ, HAD = range(3)
"""What a run has to do with a file: it made it, read it, or had it in its code."""
KIND_OF = {OUTPUT: MADE, INPUT: READ, CONFIG: READ, CODE: HAD}
_BATCH = 500
"""Runs that are noted in one transaction."""
_MOST_USES = 50_000
"""Uses that are; more are in memory only if one run has them."""


class Thing(NamedTuple):
    """A file or folder of a run, as `Noted` has it."""

    role: str
    path: str
    oid: bytes
    size: int | None
    is_folder: bool


class Noted(NamedTuple):
    """What is noted of a run."""

    run: str
    started_at: int
    ended_at: int | None
    parent: str | None
    kind: str | None
    things: Sequence[Thing]


Reader = Callable[[Sequence[str]], Iterable[Noted | None]]
"""Gives what is to be noted of runs, in their order; ``None`` of one that cannot be read."""


def _uses(noted: Noted | None) -> int:
    return len(noted.things) if noted else 0


class Noter:
    """One time of bringing the cache up to date."""

    def __init__(self, db: Database, read_tree: Callable[[bytes], bytes]) -> None:
        """``read_tree`` gives the bytes of a tree or raises `CorruptError`."""
        self._db = db
        self._numbers = Numbers(db)
        self._chains = Chains(db, self._numbers, read_tree)
        self._runs: list[tuple[int, str, bool, int, int | None, str | None, str | None]] = []
        self._uses: list[tuple[int, int, int, int]] = []

    def refresh(self, there: Mapping[str, bool], read: Reader) -> None:
        """Note the runs of ``there`` (by id, whether each has a seal) that are new or sealed since; forget the others.

        They are noted in that order, the oldest first. One that cannot be read is asked for again.
        """
        known = {run: bool(sealed) for run, sealed in self._db.query("SELECT id, sealed FROM runs")}
        if gone := known.keys() - there.keys():
            with self._db.transaction():
                for run in gone:
                    self._forget(run)
        fresh = [run for run, sealed in there.items() if known.get(run) is not sealed]
        rows = read(fresh) if fresh else ()
        for some in portions(rows, _uses, _MOST_USES, count=_BATCH):
            with self._db.transaction():
                self._note_all([each for each in some if each is not None], there)

    def _note_all(self, rows: Sequence[Noted], there: Mapping[str, bool]) -> None:
        self._begin()
        (last,) = self._db.first("SELECT coalesce(max(number), 0) FROM runs") or (0,)
        for number, noted in enumerate(rows, last + 1):
            sealed = there[noted.run]
            found = self._db.first("SELECT sealed FROM runs WHERE id = ?", (noted.run,))
            if found is not None and bool(found[0]) is sealed:
                continue  # another process has noted it since we looked
            if found is not None:
                self._forget(noted.run)
            self._note(number, noted)
            self._runs.append((number, noted.run, sealed, *noted[1:5]))
            if self._chains.is_full:
                self._write()
                self._begin()
        self._write()

    def _begin(self) -> None:
        self._numbers.begin()
        self._chains.begin()

    def _write(self) -> None:
        self._numbers.write(self._db)
        self._db.change_many("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", self._runs)
        # In the order in which they will lie: each page of the file is written once.
        self._db.change_many("INSERT OR IGNORE INTO uses VALUES (?, ?, ?, ?)", sorted(self._uses))
        self._chains.write()
        self._runs.clear()
        self._uses.clear()

    def _forget(self, run: str) -> None:
        self._db.change("DELETE FROM uses WHERE run = (SELECT number FROM runs WHERE id = ?)", (run,))
        self._db.change("DELETE FROM runs WHERE id = ?", (run,))

    def _note(self, number: int, noted: Noted) -> None:
        for each in noted.things:
            path = in_bytes(each.path)
            used, where = self._numbers.object(each.oid, each.size), self._numbers.path(path)
            self._uses.append((used, ROLES.index(each.role), number, where))
            if each.is_folder:
                self._chains.add(each.oid, KIND_OF[each.role], path)


def in_bytes(path: str) -> bytes:
    """A path as the cache has it; of one that no file can have, a stranger's, some bytes of its own."""
    return path.encode("utf-8", "surrogatepass" if not _is_bytes(path) else "surrogateescape")


def _is_bytes(path: str) -> bool:
    """Whether it is a path that a file can have."""
    try:
        path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True
