"""What is written into `cache/uses.db`: each run with what it made and read, each folder once with what it holds."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.records import tree
from runlore.store.database import Database

OUTPUT, INPUT, CONFIG, CODE = ROLES = ("output", "input", "config", "code")

MADE, READ, HAD = range(3)
"""What a run has to do with a file: it made it, read it, or had it in its code."""
KIND_OF = {OUTPUT: MADE, INPUT: READ, CONFIG: READ, CODE: HAD}
_BATCH = 500
"""Runs that are noted in one transaction."""
LARGE = 1_000
"""Entries of a folder above which it is looked through when one asks, instead of noted."""


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


class Noter:
    """One time of bringing the cache up to date."""

    def __init__(self, db: Database, read_tree: Callable[[bytes], tuple[tree.Entry, ...]]) -> None:
        """``read_tree`` gives a tree's entries or raises `CorruptError`."""
        self._db = db
        self._tree = read_tree
        self._numbers: dict[tuple[str, bytes], int] = {}
        self._inside: list[tuple[int, int, int, int]] = []

    def refresh(self, there: Mapping[str, bool], read: Callable[[str], Noted | None]) -> None:
        """Note the runs of ``there`` (by id, whether each has a seal) that are new or sealed since; forget the others.

        ``read`` gives what is to be noted of a run; ``None`` if it cannot be read, and it is asked for again.
        """
        known = {run: bool(sealed) for run, sealed in self._db.query("SELECT id, sealed FROM runs")}
        with self._db.transaction():
            for run in known.keys() - there.keys():
                self._forget(run)
        fresh = [run for run, sealed in there.items() if known.get(run) is not sealed]
        for at in range(0, len(fresh), _BATCH):
            rows = [noted for run in fresh[at : at + _BATCH] if (noted := read(run)) is not None]
            with self._db.transaction():
                for noted in rows:
                    self._note(noted, sealed=there[noted.run])
                # In the order in which they will lie: each page of the file is written once.
                self._db.change_many("INSERT OR IGNORE INTO inside VALUES (?, ?, ?, ?)", sorted(self._inside))
                self._inside.clear()

    def _forget(self, run: str) -> None:
        self._db.change("DELETE FROM uses WHERE run = (SELECT number FROM runs WHERE id = ?)", (run,))
        self._db.change("DELETE FROM runs WHERE id = ?", (run,))

    def _note(self, noted: Noted, *, sealed: bool) -> None:
        self._forget(noted.run)
        values = (noted.run, sealed, noted.started_at, noted.ended_at, noted.parent, noted.kind)
        statement = "INSERT INTO runs (id, sealed, started, ended, parent, kind) VALUES (?, ?, ?, ?, ?, ?)"
        _, number = self._db.change(statement, values)
        rows = [
            (self._object(each.oid, each.size), ROLES.index(each.role), number, self._path(each.path))
            for each in noted.things
        ]
        self._db.change_many("INSERT OR IGNORE INTO uses VALUES (?, ?, ?, ?)", rows)
        for each in noted.things:
            if each.is_folder:
                self._note_folder(each.oid, KIND_OF[each.role])

    def _note_folder(self, oid: bytes, kind: int) -> None:
        """Let what lies in the folder, and in those below it, point up to it; each folder once."""
        waiting = [oid]
        while waiting:
            digest = waiting.pop()
            number = self._object(digest, None)
            if self._db.first("SELECT 1 FROM folders WHERE number = ? AND kind = ?", (number, kind)) is not None:
                continue
            try:
                entries = self._tree(digest)
            except CorruptError:
                continue  # fsck says so
            large = len(entries) > LARGE
            self._db.change("INSERT INTO folders VALUES (?, ?, ?)", (number, kind, large))
            # A folder in a large one is noted: it is what is looked for there.
            self._inside += [
                (self._object(each.digest, each.size), kind, number, self._name(each.name))
                for each in entries
                if not large or each.kind == tree.FOLDER
            ]
            waiting += [each.digest for each in entries if each.kind == tree.FOLDER]

    def _object(self, digest: bytes, size: int | None) -> int:
        return self._number("objects", "digest", digest, size)

    def _path(self, path: str) -> int:
        return self._name(in_bytes(path))

    def _name(self, name: bytes) -> int:
        return self._number("paths", "path", name)

    def _number(self, table: str, column: str, value: bytes, size: int | None = None) -> int:
        if (known := self._numbers.get((table, value))) is not None:
            return known
        row = self._db.first(f"SELECT number FROM {table} WHERE {column} = ?", (value,))  # noqa: S608 - names of ours
        if row is not None:
            number = int(row[0])
        elif table == "objects":
            _, number = self._db.change("INSERT INTO objects (digest, size) VALUES (?, ?)", (value, size))
        else:
            _, number = self._db.change("INSERT INTO paths (path) VALUES (?)", (value,))
        self._numbers[table, value] = number
        return number


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
