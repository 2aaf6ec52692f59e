"""How SQLite answers which runs meet a condition. Values go in as parameters; only names of our own are in the text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from runlore.store.catalog import RunRow, stored_text
from runlore.store.condition import Condition, Every, Key, No, Test, Value
from runlore.store.database import Database


class Order(NamedTuple):
    """What runs are sorted by."""

    key: Key
    descending: bool


class Known(NamedTuple):
    """What events and locks say of runs: their tags, the states of those without a seal, those that were removed."""

    tags: Sequence[tuple[bytes, str]] = ()
    living: Sequence[tuple[str, bytes]] = ()
    removed: Iterable[str] = ()


FACTS: Mapping[str, str] = {
    "id": "CAST(runs.id AS BLOB)",
    "name": "runs.name",
    "experiment": "runs.experiment",
    "state": "coalesce(runs.state, (SELECT state FROM temp.living WHERE living.run = runs.id))",
    "author": "runs.author",
    "host": "runs.host",
    "message": "runs.message",
    "commit": 'runs."commit"',
    "branch": "runs.branch",
    "dirty": "runs.dirty",
    "duration": "runs.duration",
    "exit_code": "runs.exit_code",
    "command": "runs.command",
    "fingerprint": "runs.fingerprint",
    "parent": "runs.parent",
    "code": "runs.code",
    "started": "runs.started_at",
    "age": "runs.started_at",
    "tags": "(SELECT group_concat(CAST(tag AS TEXT)) FROM temp.tagged WHERE tagged.run = runs.id)",
}
"""What a run has one of, in SQL."""
STATISTICS = ("last", "min", "max", "count", "step")
_COLUMNS = "runs.id, started_at, runs.name, experiment, sealed, summary"
_INFINITY = float("inf")
_NEWEST = "runs.started_at DESC, runs.id"


class Search:
    """Runs that meet a condition, in an order; what is asked of one database."""

    def __init__(self, db: Database, condition: Condition | None, known: Known) -> None:
        """``condition`` is ``None`` for every run there is."""
        self._db = db
        db.define("matches", _matches)
        _prepare(db, known)
        part, values = ("TRUE", []) if condition is None else _sql(condition)
        self._where = f"({part})"
        if list(known.removed):
            self._where += " AND runs.id NOT IN (SELECT run FROM temp.removed)"
        self._values = values

    def count(self) -> int:
        """How many there are."""
        row = self._db.first(f"SELECT count(*) FROM runs WHERE {self._where}", self._values)  # noqa: S608 - no text from outside
        return 0 if row is None else int(row[0])

    def rows(self, order: Order | None, limit: int | None) -> list[RunRow]:
        """Up to ``limit`` of them, the newest first or in the order wanted; those without a value come last."""
        most = -1 if limit is None else limit
        if order is None or order.key.kind == "fact":
            by = _NEWEST if order is None else f"{_ordered(FACTS[order.key.name], order)}, {_NEWEST}"
            return self._select("runs", "", [], by, most)
        table, column = _table(order.key)
        key: list[Value] = [order.key.kind, _name(order.key)]
        joined = f"{table} AS value CROSS JOIN runs ON runs.number = value.run"
        number = "value.key = (SELECT number FROM keys WHERE kind = ? AND name = ?)"
        valued = f"{number} AND value.{column} IS NOT NULL AND value.{column} IS NOT 'nan'"
        way = "DESC" if order.descending else "ASC"
        found = self._select(joined, f"{valued} AND ", key, f"value.{column} {way}, {_NEWEST}", most)
        if limit is None or len(found) < limit:
            rest = f"NOT EXISTS (SELECT 1 FROM {table} AS value WHERE value.run = runs.number AND {valued}) AND "  # noqa: S608 - names of ours
            found += self._select("runs", rest, key, _NEWEST, -1 if limit is None else limit - len(found))
        return found

    def _select(self, source: str, extra: str, values: list[Value], by: str, limit: int) -> list[RunRow]:
        # The limit is applied before the summaries are read: they are most of what the file holds.
        inner = f"SELECT runs.number FROM {source} WHERE {extra}{self._where} ORDER BY {by} LIMIT ?"  # noqa: S608 - no text from outside
        numbers = [number for (number,) in self._db.query(inner, [*values, *self._values, limit])]
        one = f"SELECT {_COLUMNS} FROM runs JOIN summaries ON run = number WHERE number = ?"  # noqa: S608 - names of ours
        return [RunRow(*row) for number in numbers if (row := self._db.first(one, (number,))) is not None]


def _prepare(db: Database, known: Known) -> None:
    tables = {
        "tagged": ("tag BLOB, run TEXT", known.tags),
        "living": ("run TEXT PRIMARY KEY, state BLOB", known.living),
        "removed": ("run TEXT PRIMARY KEY", [(run,) for run in known.removed]),
    }
    for name, (columns, rows) in tables.items():
        db.change(f"CREATE TEMP TABLE IF NOT EXISTS {name} ({columns})")
        db.change(f"DELETE FROM temp.{name}")  # noqa: S608 - a name of ours
        marks = ",".join("?" * (columns.count(",") + 1))
        db.change_many(f"INSERT OR REPLACE INTO temp.{name} VALUES ({marks})", rows)  # noqa: S608 - marks only


def _sql(condition: Condition) -> tuple[str, list[Value]]:
    """The condition as SQL and the parameters of it."""
    if isinstance(condition, Test):
        return _test(condition)
    if isinstance(condition, No):
        part, values = _sql(condition.part)
        return f"({part}) IS NOT TRUE", values  # what has no value does not hold, and so its contrary does
    found = [_sql(part) for part in condition.parts]
    word = " AND " if isinstance(condition, Every) else " OR "
    return f"({word.join(part for part, _ in found)})", [value for _, values in found for value in values]


def _test(test: Test) -> tuple[str, list[Value]]:
    kind = test.key.kind
    if kind == "fact":
        return _compare(FACTS[test.key.name], test)
    if kind == "tag":
        part, values = _compare("tag", test)
        return f"runs.id IN (SELECT run FROM temp.tagged WHERE {part})", values  # noqa: S608 - no text from outside
    if kind == "file":
        return _file(test)
    table, column = _table(test.key)
    part, values = _compare(column, test)
    inner = f"SELECT run FROM {table} WHERE key = (SELECT number FROM keys WHERE kind = ? AND name = ?) AND {part}"  # noqa: S608 - the same
    return f"runs.number IN ({inner})", [kind, _name(test.key), *values]


def _file(test: Test) -> tuple[str, list[Value]]:
    """Files are found by path, and by a whole object id."""
    part, values = _compare("path", test)
    ids = [id_ for value in test.values if (id_ := _digest(value))] if test.op in ("=", "!=") else []
    if ids:
        same, word = ("", "OR") if test.op == "=" else ("NOT ", "AND")
        part = f"({part} {word} oid {same}IN ({','.join('?' * len(ids))}))"
        values += ids
    source = "files JOIN holds ON holds.list = files.list JOIN lists ON lists.number = files.list"
    held = f"SELECT holds.run FROM {source} WHERE role = ? AND {part}"  # noqa: S608 - no text from outside
    return f"runs.number IN ({held})", [test.key.name, *values]


def _digest(value: Value) -> bytes | None:
    """The object that these digits name."""
    return bytes.fromhex(value.decode()) if isinstance(value, bytes) and _ID.fullmatch(value) else None


_ID = re.compile(rb"[0-9a-f]{64}")


def _compare(what: str, test: Test) -> tuple[str, list[Value]]:
    """``what`` against the values: numbers with numbers and text with text, as SQLite would not."""
    values = list(test.values)
    marks = ",".join("?" * len(values))
    match test.op:
        case "has":
            part = f"({what} IS NOT NULL AND {what} IS NOT 'false' AND {what} IS NOT 'none')"
        case "=":
            part = f"{what} IN ({marks})"
        case "!=":
            part = f"{what} NOT IN ({marks})"
        case "~":
            part = f"matches(?, {what})"
        case "!~":
            part = f"matches(?, {what}) = 0"
        case "prefix":
            part = f"({what} >= ? AND {what} < ?)"
            values.append(_text(values[0]) + b"g")
        case op if isinstance(values[0], bytes):
            part = f"({what} {op} ? AND {what} >= x'')"
        case op if isinstance(values[0], str):
            return "FALSE", []  # NaN and the truth values are neither less nor more than anything
        case op:
            part = f"({what} {op} ? AND {what} <= ?)"
            values.append(_INFINITY)
    return part, values


def _text(value: Value) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _table(key: Key) -> tuple[str, str]:
    return ("params", "value") if key.kind == "param" else ("metrics", key.statistic)


def _name(key: Key) -> bytes:
    return stored_text(key.name)


def _ordered(what: str, order: Order) -> str:
    return f"{what} IS NULL, {what} {'DESC' if order.descending else 'ASC'}"


def _matches(pattern: bytes, value: Value | None) -> int | None:
    """Whether the pattern occurs in the value, case aside; ``None`` where there is no value."""
    if value is None:
        return None
    text = value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else str(value)
    return re.search(pattern.decode("utf-8", "surrogatepass"), text, re.IGNORECASE) is not None
