"""How SQLite answers which runs meet a condition. Values go in as parameters; only names of our own are in the text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from runlore.store.catalog import RunRow, stored_text
from runlore.store.condition import Compare, Condition, Every, Key, No, Value
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
_FEW = 2000
"""Runs that are put in order by themselves."""
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
        self._condition = condition
        self._removed = any(True for _ in known.removed)

    def page(self, order: Order | None, limit: int | None) -> tuple[list[RunRow], int]:
        """Up to ``limit`` of them, the newest first or in that order, and how many there are of them.

        Those without a value come last.
        """
        if self._condition is None:
            numbers = self._numbers(order, limit)
            total = self._count() if len(numbers) == limit else len(numbers)
        elif order is None:
            numbers, total = self._newest(limit)
        else:
            numbers = self._numbers(order, None)
            total = len(numbers)
        one = f"SELECT {_COLUMNS} FROM runs JOIN summaries ON run = number WHERE number = ?"  # noqa: S608 - names of ours
        rows = (self._db.first(one, (number,)) for number in numbers[:limit])
        return [RunRow(*row) for row in rows if row is not None], total

    def _newest(self, limit: int | None) -> tuple[list[int], int]:
        """The newest that meet the condition, and how many do: all are found at once, and only few put in order."""
        found = self._select("runs", "", [], "NULL", -1)
        if limit is None or len(found) > _FEW:
            return self._select("runs", "", [], _NEWEST, -1 if limit is None else limit, one_by_one=True), len(found)
        some = ",".join(f"{number:d}" for number in found)
        return self._select("runs", f"runs.number IN ({some}) AND ", [], _NEWEST, -1), len(found)

    def _count(self) -> int:
        where, values = self._where()
        row = self._db.first(f"SELECT count(*) FROM runs WHERE {where}", values)  # noqa: S608 - no text from outside
        return 0 if row is None else int(row[0])

    def _numbers(self, order: Order | None, limit: int | None) -> list[int]:
        most = -1 if limit is None else limit
        if order is None or order.key.kind == "fact":
            by = _NEWEST if order is None else f"{_ordered(FACTS[order.key.name], order)}, {_NEWEST}"
            return self._select("runs", "", [], by, most)
        table, column = _table(order.key)
        key: list[Value] = [order.key.kind, _name(order.key)]
        joined = f"{table} AS value CROSS JOIN runs ON runs.number = value.run"
        named = "value.key = (SELECT number FROM keys WHERE kind = ? AND name = ?)"
        valued = f"{named} AND value.{column} IS NOT NULL AND value.{column} IS NOT 'nan'"
        way = "DESC" if order.descending else "ASC"
        found = self._select(joined, f"{valued} AND ", key, f"value.{column} {way}, {_NEWEST}", most)
        if limit is None or len(found) < limit:
            none = f"NOT EXISTS (SELECT 1 FROM {table} AS value WHERE value.run = runs.number AND {valued}) AND "  # noqa: S608 - names of ours
            found += self._select("runs", none, key, _NEWEST, -1 if limit is None else limit - len(found))
        return found

    def _select(  # noqa: PLR0913 - the parts of a statement
        self, source: str, extra: str, values: list[Value], by: str, limit: int, *, one_by_one: bool = False
    ) -> list[int]:
        where, more = self._where(one_by_one=one_by_one)
        statement = f"SELECT runs.number FROM {source} WHERE {extra}{where} ORDER BY {by} LIMIT ?"  # noqa: S608 - no text from outside
        return [number for (number,) in self._db.query(statement, [*values, *more, limit])]

    def _where(self, *, one_by_one: bool = False) -> tuple[str, list[Value]]:
        part, values = ("TRUE", []) if self._condition is None else _sql(self._condition, one_by_one=one_by_one)
        without = " AND runs.id NOT IN (SELECT run FROM temp.removed)" if self._removed else ""
        return part + without, values


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


def _sql(condition: Condition, *, one_by_one: bool = False) -> tuple[str, list[Value]]:
    """The condition as SQL and the parameters of it.

    ``one_by_one`` looks at the values of a run at a time, which is quick if most runs meet the condition and few are
    wanted; otherwise all runs with such a value are found first.
    """
    if isinstance(condition, Compare):
        return _test(condition, one_by_one)
    if isinstance(condition, No):
        part, values = _sql(condition.part, one_by_one=one_by_one)
        return f"({part}) IS NOT TRUE", values  # what has no value does not hold, and so its contrary does
    found = [_sql(part, one_by_one=one_by_one) for part in condition.parts]
    word = " AND " if isinstance(condition, Every) else " OR "
    return f"({word.join(part for part, _ in found)})", [value for _, values in found for value in values]


def _test(test: Compare, one_by_one: bool) -> tuple[str, list[Value]]:
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
    wanted = f"EXISTS ({inner} AND run = runs.number)" if one_by_one else f"runs.number IN ({inner})"
    return wanted, [kind, _name(test.key), *values]


def _file(test: Compare) -> tuple[str, list[Value]]:
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


def _compare(what: str, test: Compare) -> tuple[str, list[Value]]:
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
