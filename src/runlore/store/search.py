"""How SQLite answers which runs meet a condition. Values go in as parameters; only names of our own are in the text."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from runlore.store.condition import Compare, Condition, Every, Key, Value
from runlore.store.database import Database
from runlore.store.statement import FACTS, NAMED, Form, compare, matches, name_of, needs_no_facts, sql, table_of


class Order(NamedTuple):
    """What runs are sorted by."""

    key: Key
    descending: bool


class Known(NamedTuple):
    """What events and locks say of runs: their tags, the states of those without a seal, those that were removed.

    ``used`` are the files and folders of runs that are or hold objects which the condition asks for: run, role, path,
    and by which beginning of an id it is asked for (`condition.objects`).
    """

    tags: Sequence[tuple[bytes, str]] = ()
    living: Sequence[tuple[str, bytes]] = ()
    removed: Iterable[str] = ()
    used: Iterable[tuple[str, str, bytes, bytes]] = ()


_FEW = 2000
"""Runs that are put in order by themselves."""
_NEWEST = "runs.started_at DESC, runs.id"


class Search:
    """Runs that meet a condition, in an order; what is asked of one database."""

    def __init__(self, db: Database, condition: Condition | None, known: Known) -> None:
        """``condition`` is ``None`` for every run there is."""
        self._db = db
        db.define("matches", matches)
        _prepare(db, known)
        self._condition = condition
        self._removed = any(True for _ in known.removed)

    def ids(self, order: Order | None, limit: int | None) -> tuple[list[str], int]:
        """Up to ``limit`` of them, the newest first or in that order, and how many there are of them.

        Those without a value come last.
        """
        if self._condition is None:
            ids = self._sorted(order, limit)
            return ids, self._count() if len(ids) == limit else len(ids)
        if order is None:
            return self._newest(limit)
        ids = self._sorted(order, None)
        return ids[:limit], len(ids)

    def _newest(self, limit: int | None) -> tuple[list[str], int]:
        """The newest that meet the condition, and how many do: all are found at once, and only few put in order."""
        found = self._led() or self._select("runs", "", [], "NULL", -1, what="number")
        if limit is None or len(found) > _FEW:
            most = -1 if limit is None else limit
            return self._select("runs", "", [], _NEWEST, most, form=Form(one_by_one=True)), len(found)
        some = ",".join(f"{number:d}" for number in found)
        return self._select("runs", f"runs.number IN ({some}) AND ", [], _NEWEST, limit), len(found)

    def _led(self) -> list[int]:
        """The runs that meet the condition, found by the index of one of its values; none where that cannot be."""
        parts = self._condition.parts if isinstance(self._condition, Every) else (self._condition,)
        lead = next(
            (each for each in parts if isinstance(each, Compare) and each.key.kind in ("param", "metric")), None
        )
        if lead is None or self._removed or not all(map(needs_no_facts, parts)):
            return []
        table, column = table_of(lead.key)
        part, values = compare(column, lead)
        rest = [sql(each, Form(number="run")) for each in parts if each is not lead and each is not None]
        where = " AND ".join((NAMED, part, *(text for text, _ in rest)))
        if self._removed:
            where += " AND run NOT IN (SELECT number FROM runs WHERE id IN (SELECT run FROM temp.removed))"
        wanted = [lead.key.kind, name_of(lead.key), *values, *(value for _, more in rest for value in more)]
        return [run for (run,) in self._db.query(f"SELECT run FROM {table} WHERE {where}", wanted)]  # noqa: S608 - no text from outside

    def _count(self) -> int:
        where, values = self._where(Form())
        row = self._db.first(f"SELECT count(*) FROM runs WHERE {where}", values)  # noqa: S608 - no text from outside
        return 0 if row is None else int(row[0])

    def _sorted(self, order: Order | None, limit: int | None) -> list[str]:
        most = -1 if limit is None else limit
        if order is None or order.key.kind == "fact":
            by = _NEWEST if order is None else f"{_ordered(FACTS[order.key.name], order)}, {_NEWEST}"
            return self._select("runs", "", [], by, most)
        table, column = table_of(order.key)
        key: list[Value] = [order.key.kind, name_of(order.key)]
        joined = f"{table} AS value CROSS JOIN runs ON runs.number = value.run"
        valued = f"value.{NAMED} AND value.{column} IS NOT NULL AND value.{column} IS NOT 'nan'"
        way = "DESC" if order.descending else "ASC"
        found = self._select(joined, f"{valued} AND ", key, f"value.{column} {way}, {_NEWEST}", most)
        if limit is None or len(found) < limit:
            none = f"NOT EXISTS (SELECT 1 FROM {table} AS value WHERE value.run = runs.number AND {valued}) AND "  # noqa: S608 - names of ours
            found += self._select("runs", none, key, _NEWEST, -1 if limit is None else limit - len(found))
        return found

    def _select(  # noqa: PLR0913 - the parts of a statement
        self,
        source: str,
        extra: str,
        values: list[Value],
        by: str,
        limit: int,
        *,
        form: Form | None = None,
        what: str = "id",
    ) -> list[Any]:
        where, more = self._where(form or Form())
        statement = f"SELECT runs.{what} FROM {source} WHERE {extra}{where} ORDER BY {by} LIMIT ?"  # noqa: S608 - no text from outside
        return [found for (found,) in self._db.query(statement, [*values, *more, limit])]

    def _where(self, form: Form) -> tuple[str, list[Value]]:
        part, values = ("TRUE", []) if self._condition is None else sql(self._condition, form)
        without = " AND runs.id NOT IN (SELECT run FROM temp.removed)" if self._removed else ""
        return part + without, values


def _prepare(db: Database, known: Known) -> None:
    tables = {
        "tagged": ("tag BLOB, run TEXT", known.tags),
        "living": ("run TEXT PRIMARY KEY, state BLOB", known.living),
        "removed": ("run TEXT PRIMARY KEY", [(run,) for run in known.removed]),
        "used": ("run TEXT, role TEXT, path BLOB, digits BLOB, PRIMARY KEY (run, role, path, digits)", known.used),
    }
    for name, (columns, rows) in tables.items():
        db.change(f"CREATE TEMP TABLE IF NOT EXISTS {name} ({columns})")
        db.change(f"DELETE FROM temp.{name}")  # noqa: S608 - a name of ours
        marks = ",".join("?" * (columns.partition(", PRIMARY")[0].count(",") + 1))
        db.change_many(f"INSERT OR REPLACE INTO temp.{name} VALUES ({marks})", rows)  # noqa: S608 - marks only


def _ordered(what: str, order: Order) -> str:
    return f"{what} IS NULL, {what} {'DESC' if order.descending else 'ASC'}"
