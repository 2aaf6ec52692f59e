"""Metrics as a table, one row a step: CSV, TSV, JSON lines."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from runlore.capture.metrics.numbers import number_in, whole
from runlore.records.canonical import Json

_STEPS = ("step", "global_step", "iteration", "iter", "epoch")
"""Columns that say where a row belongs, the first that a row has counts; none of them is a metric."""
_CLOCKS = ("timestamp", "time", "wall_time", "date", "datetime")
_MOST_COLUMNS = 1000

Row = Mapping[str, float | None]


def is_metric(name: str) -> bool:
    """Whether a column is neither a step nor a time."""
    return name.lower() not in _STEPS and name.lower() not in _CLOCKS


def is_placed(row: Row) -> bool:
    """Whether a row has a column for its step."""
    return any(name.lower() in _STEPS for name in row)


def step_of(row: Row) -> int | None:
    """The step of a row, ``None`` where it has none or not a whole number."""
    known = {name.lower(): value for name, value in row.items()}
    return next((whole(known[step]) for step in _STEPS if step in known), None)


def rows_of_text(lines: Iterable[str], *, delimiter: str) -> Iterator[Row]:
    """The rows below the header of a CSV file; of one without steps the only row, of a longer one none.

    Raises:
        csv.Error: it is no CSV file.
    """
    cells = csv.reader(lines, delimiter=delimiter)
    header = [name.strip() for name in next(cells, [])][:_MOST_COLUMNS]
    rows = ({name: number_in(cell) for name, cell in zip(header, line, strict=False) if name} for line in cells if line)
    if is_placed(dict.fromkeys(header)):
        return rows
    first = list(islice(rows, 2))
    return iter(first if len(first) == 1 else ())


def parse_json(data: bytes) -> Json:
    """The value in a JSON file; of a file of JSON lines all of them, less a last one that is cut short.

    Raises:
        ValueError, RecursionError: it is neither.
    """
    try:
        return json.loads(data)
    except ValueError:
        *lines, last = data.splitlines() or [b""]
        if not lines:
            raise
        values = [json.loads(line) for line in lines if line.strip()]
        try:
            return [*values, json.loads(last)]
        except ValueError:
            return values
