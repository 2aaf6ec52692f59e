"""What slices are made of: for each column a code of few values in SQL, and the conditions that these make up.

Of text the most frequent values, of numbers and times bins that hold about as many samples each, and everything up to
an edge and above it.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from runlore.insight.samples.duck import Database, literal
from runlore.insight.samples.families import BOOLEAN, NUMBER, TEXT, TIME, WHOLE, as_number, as_text, family
from runlore.insight.samples.results import Condition
from runlore.insight.samples.sources import Field, Relation

TRUE_CLASS, PREDICTED_CLASS = "true class", "predicted class"
"""Not names of columns, but of what the target and the prediction say."""
_BINS, _FEW, _MOST_VALUES = 10, 12, 20
_SAMPLED = 200_000
"""Rows from which edges are taken: with more of them they hardly move."""
_ID_LIKE = 0.5
"""With more different texts than this part of the rows a column names samples rather than groups of them."""
_LONGEST = 200
"""Characters of a value that can name a slice."""
MISSING = 0
OTHERS = 255


class Feature(NamedTuple):
    """A column to slice by: its code in SQL, and of each condition the codes that fulfil it."""

    column: str
    code: str
    conditions: tuple[tuple[Condition, frozenset[int]], ...]


class Wanted(NamedTuple):
    """A column to slice by: its name, its SQL, its family, and how many different values it has, about."""

    name: str
    sql: str
    family: str
    different: int


def wanted(database: Database, table: Relation, fields: Sequence[Field], where: str) -> list[Wanted]:
    """These columns, as far as they are of a family that can be sliced."""
    usable = [each for each in fields if family(each.type) in {BOOLEAN, WHOLE, NUMBER, TEXT, TIME}]
    if not usable:
        return []
    counts = ", ".join(f"approx_count_distinct({each.sql})" for each in usable)
    different = database.row(f"SELECT {counts} FROM {table.name} WHERE {where}")
    return [
        Wanted(each.name, _value(each), family(each.type), count) for each, count in zip(usable, different, strict=True)
    ]


def feature(database: Database, table: Relation, column: Wanted, where: str, rows: int) -> Feature | None:
    """How to slice by a column; ``None`` if there is nothing to tell apart, or too much."""
    if column.family in {WHOLE, NUMBER, TIME}:
        return _ordered(database, table, column, where, rows)
    if column.different > _ID_LIKE * rows and column.different > _MOST_VALUES:
        return None
    top = database.rows(
        f"SELECT v, count(*) FROM (SELECT {column.sql} AS v FROM {table.name} WHERE {where})"
        f" WHERE v IS NOT NULL AND length(v) <= {_LONGEST} GROUP BY v ORDER BY 2 DESC, v LIMIT {_MOST_VALUES}"
    )
    values = [value for value, _ in top]
    if not values:
        return None
    cases = " ".join(f"WHEN {literal(value)} THEN {at}" for at, value in enumerate(values, 1))
    code = f"CASE {column.sql} {cases} ELSE CASE WHEN {column.sql} IS NULL THEN {MISSING} ELSE {OTHERS} END END"
    conditions = [(Condition(column.name, "is", value), frozenset((at,))) for at, value in enumerate(values, 1)]
    return Feature(column.name, code, (*conditions, _missing(column)))


def _ordered(database: Database, table: Relation, column: Wanted, where: str, rows: int) -> Feature | None:
    """By bins, or by single values where there are few."""
    some = f"AND hash(row) % {rows // _SAMPLED} = 0" if rows >= 2 * _SAMPLED else ""
    there = f"(SELECT {column.sql} AS v FROM {table.name} WHERE {where} {some})"
    there = f"(SELECT v FROM {there} WHERE v IS NOT NULL{' AND isfinite(v)' if column.family != TIME else ''})"
    if column.different <= _FEW:
        found = database.rows(f"SELECT DISTINCT v FROM {there} ORDER BY v LIMIT {2 * _FEW}")
        values = [value for (value,) in found]
        edges, single = values[:-1], True
    else:
        parts = ", ".join(f"quantile_disc(v, {at / _BINS})" for at in range(1, _BINS))
        edges, single = sorted(set(database.row(f"SELECT {parts} FROM {there}")) - {None}), False
        values = []
    if not edges:
        return None
    texts = [_bound(each) for each in edges]
    cases = " ".join(f"WHEN {column.sql} <= {text} THEN {at}" for at, text in enumerate(texts, 1))
    lost = f"OR isnan({column.sql}) " if column.family != TIME else ""
    code = f"CASE WHEN {column.sql} IS NULL {lost}THEN {MISSING} {cases} ELSE {len(edges) + 1} END"
    shown = [_plain(each) for each in (values if single else edges)]
    return Feature(column.name, code, tuple(_intervals(column, shown, single=single)))


def _intervals(column: Wanted, shown: list[Any], *, single: bool) -> Iterator[tuple[Condition, frozenset[int]]]:
    """Each bin; everything up to an edge, and above it; what is missing. Of two bins they would be the same."""
    edges = shown[:-1] if single else shown
    bins = len(edges) + 1
    if single:
        yield from ((Condition(column.name, "is", value), frozenset((at,))) for at, value in enumerate(shown, 1))
    else:
        bounds = pairwise([None, *edges, None])
        for at, (low, high) in enumerate(bounds, 1):
            yield Condition(column.name, "within", None, low, high), frozenset((at,))
    for at in range(2, bins - 1):
        yield Condition(column.name, "within", None, None, edges[at - 1]), frozenset(range(1, at + 1))
        yield Condition(column.name, "within", None, edges[at - 1], None), frozenset(range(at + 1, bins + 1))
    if bins > 2:  # noqa: PLR2004 - all but the first and all but the last
        yield Condition(column.name, "within", None, edges[0], None), frozenset(range(2, bins + 1))
        yield Condition(column.name, "within", None, None, edges[-1]), frozenset(range(1, bins))
    yield _missing(column)


def _missing(column: Wanted) -> tuple[Condition, frozenset[int]]:
    return Condition(column.name, "missing"), frozenset((MISSING,))


def _value(field: Field) -> str:
    match family(field.type):
        case "whole" | "number":
            return as_number(field)
        case "time":
            return field.sql
        case _:
            return as_text(field)


def _bound(value: Any) -> str:  # noqa: ANN401 - a number or a time
    return repr(value) if isinstance(value, float) else literal(str(value))


def _plain(value: Any) -> Any:  # noqa: ANN401 - a number or a time
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value  # noqa: PLR2004 - exact up to there
    return str(value)
