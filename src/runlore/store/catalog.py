"""What the index keeps of runs: each fact, parameter, metric and path where a filter finds it.

Text is kept as bytes: it need not be UTF-8, and SQLite's text must be. So the classes of SQLite tell values apart:
numbers are numbers, text is a blob, and text of SQLite's own are the words ``true``, ``false``, ``none`` and ``nan``.
"""

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from runlore.records.canonical import Json, Scalar
from runlore.records.hashing import blob_digest
from runlore.store.checksum import fingerprint
from runlore.store.database import Database

SCHEMA = """
CREATE TABLE runs (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, started_at INTEGER NOT NULL, name BLOB,
    experiment BLOB, sealed INTEGER NOT NULL, state BLOB, author BLOB, host BLOB, message BLOB, "commit" BLOB,
    branch BLOB, dirty TEXT, duration REAL, exit_code INTEGER, command BLOB, fingerprint BLOB, parent BLOB, code BLOB,
    seedless BLOB);
CREATE INDEX runs_by_start ON runs (started_at DESC, id);
CREATE INDEX runs_unsealed ON runs (sealed) WHERE sealed = 0;
CREATE INDEX runs_by_name ON runs (name, started_at DESC) WHERE name IS NOT NULL;
CREATE INDEX runs_by_experiment ON runs (experiment, started_at DESC, id) WHERE experiment IS NOT NULL;
CREATE INDEX runs_by_seedless ON runs (seedless, code, started_at DESC, id) WHERE seedless IS NOT NULL;
CREATE TABLE summaries (run INTEGER PRIMARY KEY, summary TEXT NOT NULL, mark BLOB NOT NULL);
CREATE TABLE keys (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, name BLOB NOT NULL, UNIQUE (kind, name));
CREATE TABLE params (key INTEGER NOT NULL, run INTEGER NOT NULL, value, PRIMARY KEY (key, run)) WITHOUT ROWID;
CREATE INDEX params_by_value ON params (key, value, run);
CREATE TABLE metrics (key INTEGER NOT NULL, run INTEGER NOT NULL, last, min, max, count, step,
    PRIMARY KEY (key, run)) WITHOUT ROWID;
CREATE INDEX metrics_by_last ON metrics (key, last, run);
CREATE TABLE lists (number INTEGER PRIMARY KEY, role TEXT NOT NULL, digest BLOB NOT NULL UNIQUE);
CREATE TABLE files (list INTEGER NOT NULL, path BLOB NOT NULL, PRIMARY KEY (list, path)) WITHOUT ROWID;
CREATE INDEX files_by_path ON files (path);
CREATE TABLE holds (list INTEGER NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (list, run)) WITHOUT ROWID;
CREATE INDEX holds_by_run ON holds (run);
"""
PARAM, METRIC = "param", "metric"
INPUT, OUTPUT, CONFIG, CODE = "input", "output", "config", "code"
_MOST = 1 << 63
_Values = tuple[Any, ...]
"""A row as SQLite takes it."""


class Facts(NamedTuple):
    """What a run has one of, as the columns of ``runs``; ``state`` is ``None`` without a seal.

    ``seedless`` stands for its recipe without the seed, ``None`` where it did not succeed.
    """

    state: str | None = None
    author: str | None = None
    host: str | None = None
    message: str | None = None
    commit: str | None = None
    branch: str | None = None
    dirty: bool | None = None
    duration: float | None = None
    exit_code: int | None = None
    command: str | None = None
    fingerprint: str | None = None
    parent: str | None = None
    code: str | None = None
    seedless: str | None = None


class RunRow(NamedTuple):
    """A run as the index keeps it; ``summary`` is JSON text that only the verbs understand.

    Labels are bytes, as the operating system gave them. ``files`` are paths by the role they had (``input``,
    ``output``, ``config``). What follows ``summary`` is not read back.
    """

    id: str
    started_at: int
    name: bytes | None
    experiment: bytes | None
    sealed: bool
    summary: str
    facts: Facts = Facts()
    params: Mapping[str, Scalar] = {}
    metrics: Mapping[str, Mapping[str, Json]] = {}
    files: Mapping[str, Sequence[str]] = {}


def stored(value: Scalar) -> int | float | bytes | str:
    """``value`` in the form in which the index keeps and compares it."""
    if isinstance(value, str):
        return stored_text(value)
    if value is None or isinstance(value, bool):
        return "none" if value is None else str(value).lower()
    if isinstance(value, int) and not -_MOST <= value < _MOST:
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    return "nan" if value != value else value  # noqa: PLR0124 - only NaN differs from itself; SQLite has none


def stored_text(text: str) -> bytes:
    """Text, as `stored`."""
    return text.encode("utf-8", "surrogatepass")


def put_runs(db: Database, rows: Iterable[RunRow]) -> None:
    """Take in runs, in the place of what was known of them; within a transaction."""
    filler = _Filler(db)
    many = list(rows)
    known = _numbers(db, many)
    first = _following(db, "runs")
    numbered = [(known.get(row.id) or first + at, row) for at, row in enumerate(many)]
    for number, row in numbered:
        if row.id in known:
            _forget(db, number)
    marks = ",".join("?" * (6 + len(Facts._fields)))
    db.change_many(f"INSERT INTO runs VALUES ({marks})", (_columns(number, row) for number, row in numbered))  # noqa: S608 - marks only
    summaries = ((number, row.summary, mark_of(row[:6])) for number, row in numbered)
    db.change_many("INSERT INTO summaries VALUES (?, ?, ?)", summaries)
    db.change_many("INSERT INTO params VALUES (?, ?, ?)", _in_place(filler.params(numbered)))
    db.change_many("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?, ?)", _in_place(filler.metrics(numbered)))
    db.change_many("INSERT INTO holds VALUES (?, ?)", sorted(filler.holds(numbered)))


def mark_of(columns: Sequence[object]) -> bytes:
    """What stands for what is read back of a run: id, start, name, experiment, whether it is sealed, summary."""
    run, started_at, name, experiment, sealed, summary = columns
    return fingerprint(
        repr((run, started_at, name, experiment, bool(sealed), summary)).encode("utf-8", "surrogatepass")
    )


def forget_runs(db: Database, runs: Iterable[str]) -> None:
    """Let the index know nothing of these runs any more; within a transaction."""
    for run in runs:
        found = db.first("SELECT number FROM runs WHERE id = ?", (run,))
        if found is not None:
            _forget(db, found[0])


def prune(db: Database) -> None:
    """Forget names, and lists of files, that no run has any more; within a transaction."""
    db.change("DELETE FROM keys WHERE number NOT IN (SELECT key FROM params UNION SELECT key FROM metrics)")
    db.change("DELETE FROM lists WHERE number NOT IN (SELECT list FROM holds)")
    db.change("DELETE FROM files WHERE list NOT IN (SELECT number FROM lists)")


def key_names(db: Database, kind: str) -> list[str]:
    """The names of all parameters, or all metrics, that runs have."""
    found = db.query("SELECT name FROM keys WHERE kind = ? ORDER BY name", (kind,))
    return [name.decode("utf-8", "surrogatepass") for (name,) in found]


class _Filler:
    """Gives names and lists of files the numbers that stand for them, new ones where there are none."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._keys: dict[tuple[str, str], int] = {}
        self._lists: dict[bytes, int] = {}

    def params(self, numbered: Sequence[tuple[int, RunRow]]) -> Iterator[_Values]:
        """Rows of the table of that name."""
        for number, row in numbered:
            for name, value in row.params.items():
                yield self._key(PARAM, name), number, stored(value)

    def metrics(self, numbered: Sequence[tuple[int, RunRow]]) -> Iterator[_Values]:
        """Rows of the table of that name."""
        for number, row in numbered:
            for name, found in row.metrics.items():
                numbers = (found.get(each) for each in ("last", "min", "max", "count", "step"))
                yield self._key(METRIC, name), number, *(None if each is None else stored(each) for each in numbers)

    def holds(self, numbered: Sequence[tuple[int, RunRow]]) -> Iterator[tuple[int, int]]:
        """Rows of the table of that name."""
        for number, row in numbered:
            for role, files in row.files.items():
                if files:
                    yield self._list(role, files), number

    def _key(self, kind: str, name: str) -> int:
        if (number := self._keys.get((kind, name))) is None:
            data = stored(name)
            self._db.change("INSERT OR IGNORE INTO keys (kind, name) VALUES (?, ?)", (kind, data))
            number = _number(self._db, "SELECT number FROM keys WHERE kind = ? AND name = ?", (kind, data))
            self._keys[kind, name] = number
        return number

    def _list(self, role: str, files: Sequence[str]) -> int:
        """Runs that read the very same files share one list: data sets are large, and read again and again."""
        digest = blob_digest(stored_text(repr((role, files))))
        if (number := self._lists.get(digest)) is not None:
            return number
        added, _ = self._db.change("INSERT OR IGNORE INTO lists (role, digest) VALUES (?, ?)", (role, digest))
        number = _number(self._db, "SELECT number FROM lists WHERE digest = ?", (digest,))
        if added == 1:
            rows = ((number, stored(path)) for path in files)
            self._db.change_many("INSERT OR IGNORE INTO files VALUES (?, ?)", rows)
        self._lists[digest] = number
        return number


def _number(db: Database, statement: str, values: Sequence[object]) -> int:
    return int(next(iter(db.query(statement, values)))[0])


def _numbers(db: Database, rows: Iterable[RunRow]) -> dict[str, int]:
    found = ((row.id, db.first("SELECT number FROM runs WHERE id = ?", (row.id,))) for row in rows)
    return {run: number[0] for run, number in found if number is not None}


def _following(db: Database, table: str) -> int:
    return 1 + _number(db, f"SELECT coalesce(max(number), 0) FROM {table}", ())  # noqa: S608 - a name of ours


def _columns(number: int, row: RunRow) -> _Values:
    facts = (None if fact is None else stored(fact) for fact in row.facts)
    return number, row.id, row.started_at, row.name, row.experiment, row.sealed, *facts


def _in_place(rows: Iterable[_Values]) -> list[_Values]:
    """The rows in the order of a table's key, in which it is filled the quickest."""
    return sorted(rows, key=operator.itemgetter(0, 1))


def _forget(db: Database, number: int) -> None:
    for table in ("params", "metrics"):
        # By way of the keys: the tables are in their order, not in that of runs.
        db.change(f"DELETE FROM {table} WHERE key IN (SELECT number FROM keys) AND run = ?", (number,))  # noqa: S608 - a name of ours
    db.change("DELETE FROM holds WHERE run = ?", (number,))
    db.change("DELETE FROM summaries WHERE run = ?", (number,))
    db.change("DELETE FROM runs WHERE number = ?", (number,))


def label(text: str | None) -> bytes | None:
    """A name or an experiment as the index keeps it."""
    return None if text is None else stored_text(text)
