"""CSV and TSV, row by row and cell by cell."""

import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from runlore.insight.compare.content import Content, UnreadableError
from runlore.insight.compare.look import Look, below, shown

_MAX_LINE = 1 << 20
_MAX_ROW = 4 << 20
_WHOLE = re.compile(r"[+-]?(?:0|[1-9]\d{0,400})")
_NUMBER = re.compile(
    r"[+-]?(?:(?:0|[1-9]\d{0,400})(?:\.\d{0,400})?(?:e[+-]?\d{1,6})?|\.\d{1,400}(?:e[+-]?\d{1,6})?|nan|inf(?:inity)?)",
    re.IGNORECASE | re.ASCII,
)


def compare_tables(a: Content, b: Content, look: Look, place: str) -> None:
    """Write into ``look`` how the tables differ; the order of rows and of columns counts."""
    with a.open() as left, b.open() as right:
        rows, others = _Rows(left, _delimiter(a)), _Rows(right, _delimiter(b))
        header: list[str] = []
        number = 0
        while True:
            x, y = next(rows, None), next(others, None)
            if x is None or y is None:
                break
            number += 1
            if number == 1 and x == y:
                header = x
            if x == y:
                look.numbers += sum(map(_is_number, x))
            else:
                _compare_rows(x, y, header, look, below(place, f"row {number}"))
    if x is not None or y is not None:
        look.differ(place, f"the {'first' if x is not None else 'second'} has more rows than the other's {number:,}")


def table_rows(content: Content) -> Iterator[list[str]]:
    """The names of the columns, then each row; a first row with a number in it is no header."""
    with content.open() as file:
        rows = _Rows(file, _delimiter(content))
        first = next(rows, None)
        if first is None:
            return
        if any(map(_is_number, first)):
            yield [f"column {at + 1}" for at in range(len(first))]
        yield first
        yield from rows


def _compare_rows(x: list[str], y: list[str], header: list[str], look: Look, place: str) -> None:
    if len(x) != len(y):
        look.differ(place, f"{len(x):,} and {len(y):,} columns")
        return
    look.budget.value(len(x))
    for index, (left, right) in enumerate(zip(x, y, strict=True)):
        p, q = cell(left), cell(right)
        if not isinstance(p, str) and not isinstance(q, str):
            look.number(below(place, _column(header, index)), p, q)
        elif p != q:
            look.differ(below(place, _column(header, index)), f"{shown(p)} and {shown(q)}")


def _column(header: list[str], index: int) -> str:
    name = header[index] if index < len(header) else ""
    return name if name and not _is_number(name) else f"column {index + 1}"


def cell(text: str) -> float | str:
    """What a cell says: a number if it reads as one, and not like ``007``, which is a name."""
    stripped = text.strip()
    if _WHOLE.fullmatch(stripped):
        return int(stripped)
    return float(stripped) if _NUMBER.fullmatch(stripped) else text


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _delimiter(content: Content) -> str:
    """What stands between the cells: what the first line has most of."""
    if content.name.lower().endswith(".tsv"):
        return "\t"
    with content.open() as file:
        first = file.readline(1 << 16)
    return max(",;\t|", key=lambda each: first.count(each.encode()))


class _Rows:
    """The rows of a table that are not empty."""

    def __init__(self, file: BinaryIO, delimiter: str) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
        self._fed = 0
        self._rows = csv.reader(self._lines(), delimiter=delimiter, strict=True)

    def __next__(self) -> list[str]:
        self._fed = 0
        while True:
            row = next(self._rows)
            if row:
                return row

    def __iter__(self) -> "Iterator[list[str]]":
        return self

    def _lines(self) -> Iterator[str]:
        while line := self._text.readline(_MAX_LINE):
            self._fed += len(line)
            if len(line) == _MAX_LINE or self._fed > _MAX_ROW:
                raise UnreadableError("a row is too long")
            yield line
