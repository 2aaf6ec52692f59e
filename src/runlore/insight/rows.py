"""What became of the rows of a table: of CSV, JSON lines or Parquet, by their content and not by their place.

Rows that both tables have are taken out first, wherever they stand. What is left between the same two of them in
both tables is a changed row, as far as it goes; what is left beyond that came or went. Where a column is called an
id and has no value twice, its values say which row is which instead.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from runlore.insight.compare.content import Content, UnreadableError
from runlore.insight.compare.documents import json_rows
from runlore.insight.compare.formats import format_of
from runlore.insight.compare.parquet import parquet_rows
from runlore.insight.compare.tables import table_rows

LARGEST = 24 << 20
"""Bytes of a table that is looked into, by row."""
_MOST = 300_000
"""Rows likewise."""
_BETWEEN = b"\x1f"
_EXAMPLES, _LONGEST, _LOOKS = 3, 80, 10_000
_ID = re.compile(r"(?:.*[_\W])?(?:id|key|uuid|guid|index|name|path|file|filename)|.*[a-z]Id", re.IGNORECASE)
_READERS: Mapping[str, Callable[[Content], Iterator[Sequence[str]]]] = {
    "table": table_rows,
    "json-lines": json_rows,
    "parquet": parquet_rows,
}


class Cell(NamedTuple):
    """One changed cell as an example: ``row`` is counted from 1 in the second table, without a header."""

    row: int
    column: str
    a: str
    b: str


class Rows(NamedTuple):
    """How two tables differ. ``key`` is the column by which rows were recognised, if one was.

    ``columns_changed`` are those in which changed rows differ, of which the first 10,000 were looked at.
    """

    a: int
    b: int
    added: int
    removed: int
    changed: int
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    columns_changed: tuple[str, ...]
    key: str | None
    examples: tuple[Cell, ...]


class _Table(NamedTuple):
    """Each row is its bytes, cells between separators: a tuple of texts takes several times the memory."""

    columns: tuple[str, ...]
    rows: list[bytes]


def compare_rows(a: Content, b: Content) -> Rows | None:
    """How they differ; ``None`` where one is no table, or is too large to be looked into.

    Raises:
        UnreadableError: one is not what it seems to be, or has too many rows.
    """
    if max(a.size, b.size) > LARGEST or (kind := format_of(a)) != format_of(b) or kind not in _READERS:
        return None
    x, y = (_read(_READERS[kind](each)) for each in (a, b))
    shared = tuple(name for name in x.columns if name in set(y.columns))
    left, right = _only(x, shared), _only(y, shared)
    key = next((at for at, name in enumerate(shared) if _ID.fullmatch(name) and _is_key(left, right, at)), None)
    added, removed, pairs = _by_place(left, right) if key is None else _by_key(left, right, key)
    return Rows(
        *(len(left), len(right), added, removed, len(pairs)),
        tuple(name for name in y.columns if name not in set(shared)),
        tuple(name for name in x.columns if name not in set(shared)),
        _changed_columns(shared, left, right, pairs),
        None if key is None else shared[key],
        tuple(_cells(shared, left, right, pairs)),
    )


def _read(rows: Iterable[Sequence[str]]) -> _Table:
    """The table; the first row names the columns, each name once."""
    each = iter(rows)
    header = next(each, None)
    if header is None:
        return _Table((), [])
    seen: Counter[str] = Counter()
    names = []
    for name in header:
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    found: list[bytes] = []
    for row in each:
        if len(found) >= _MOST:
            raise UnreadableError(f"not looked into: it has more than {_MOST:,} rows")
        found.append(_BETWEEN.join(cell.encode("utf-8", "surrogatepass") for cell in row))
    return _Table(tuple(names), found)


def _only(table: _Table, columns: Sequence[str]) -> list[bytes]:
    """The rows with those columns alone."""
    if table.columns == tuple(columns):
        return table.rows
    places = [table.columns.index(name) for name in columns]
    return [_BETWEEN.join(_cell(row, at) for at in places) for row in table.rows]


def _cell(row: bytes, at: int) -> bytes:
    cells = row.split(_BETWEEN, at + 1)
    return cells[at] if at < len(cells) else b""


def _is_key(left: Sequence[bytes], right: Sequence[bytes], at: int) -> bool:
    return all(len({_cell(row, at) for row in rows}) == len(rows) for rows in (left, right))


def _by_key(left: Sequence[bytes], right: Sequence[bytes], key: int) -> tuple[int, int, list[tuple[int, int]]]:
    mine = {_cell(row, key): at for at, row in enumerate(left)}
    theirs = {_cell(row, key): at for at, row in enumerate(right)}
    pairs = [(mine[name], at) for name, at in theirs.items() if name in mine and left[mine[name]] != right[at]]
    return len(theirs.keys() - mine.keys()), len(mine.keys() - theirs.keys()), pairs


def _by_place(left: Sequence[bytes], right: Sequence[bytes]) -> tuple[int, int, list[tuple[int, int]]]:
    both = Counter(left) & Counter(right)
    mine, theirs = _gaps(left, both), _gaps(right, both)
    pairs: list[tuple[int, int]] = []
    for gap, places in mine.items():
        pairs += zip(places, theirs.get(gap, ()), strict=False)
    added, removed = (sum(map(len, side.values())) - len(pairs) for side in (theirs, mine))
    return added, removed, pairs


def _gaps(rows: Sequence[bytes], both: Mapping[bytes, int]) -> dict[int, list[int]]:
    """The places of rows that only this table has, by how many that both have come before them."""
    left = dict(both)
    before = 0
    found: dict[int, list[int]] = {}
    for at, row in enumerate(rows):
        if left.get(row, 0) > 0:
            left[row] -= 1
            before += 1
        else:
            found.setdefault(before, []).append(at)
    return found


def _changed_columns(
    columns: Sequence[str], left: Sequence[bytes], right: Sequence[bytes], pairs: Sequence[tuple[int, int]]
) -> tuple[str, ...]:
    found = set()
    for mine, theirs in pairs[:_LOOKS]:
        cells = zip_longest(left[mine].split(_BETWEEN), right[theirs].split(_BETWEEN))
        found |= {at for at, (x, y) in enumerate(cells) if x != y}
    return tuple(name for at, name in enumerate(columns) if at in found)


def _cells(
    columns: Sequence[str], left: Sequence[bytes], right: Sequence[bytes], pairs: Sequence[tuple[int, int]]
) -> Iterator[Cell]:
    """Of the first changed rows the first changed cell."""
    for mine, theirs in pairs[:_EXAMPLES]:
        for at, name in enumerate(columns):
            x, y = _cell(left[mine], at), _cell(right[theirs], at)
            if x != y:
                yield Cell(theirs + 1, name, _shown(x), _shown(y))
                break


def _shown(cell: bytes) -> str:
    return cell.decode("utf-8", "surrogatepass")[:_LONGEST]
