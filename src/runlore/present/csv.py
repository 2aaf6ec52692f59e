"""Runs as comma-separated values (RFC 4180) for spreadsheets and data frames: raw numbers, full ids, UTC times."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module

from runlore.ops.results import Run, RunList
from runlore.present.columns import all_names, value
from runlore.present.json import rfc3339
from runlore.records.canonical import Json

_FIRST = ("id", "name", "experiment", "state", "started", "duration", "exit_code", "command", "commit", "dirty", "tags")
_PIECE = 1 << 16


def rows(schema: str) -> Callable[..., Iterable[str]]:
    """How a result of this schema becomes a table: a function of the result and the columns, to pieces of text."""
    if schema == "run-list/1":
        return run_rows
    module = "csv_metrics" if schema == "metrics/1" else "csv_samples"
    parts: Callable[..., Iterable[str]] = import_module(f"runlore.present.{module}").parts
    return parts


def text(found: RunList, columns: Sequence[str] = ()) -> str:
    """`run_rows` in one piece."""
    return "".join(run_rows(found, columns))


def run_rows(found: RunList, columns: Sequence[str] = ()) -> Iterator[str]:
    """One row for each run under a header; without ``columns`` every parameter and metric has its own."""
    keys = columns or _all_keys(found.runs)
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(keys)
    for run in found.runs:
        writer.writerow([_cell(key, value(run, key)) for key in keys])
        if page.tell() > _PIECE:
            yield page.getvalue()
            page.seek(0)
            page.truncate()
    yield page.getvalue()


def _all_keys(runs: Iterable[Run]) -> Sequence[str]:
    params, metrics = all_names(runs)
    return (*_FIRST, *(f"params.{name}" for name in params), *(f"metrics.{name}" for name in metrics))


def _cell(key: str, found: Json) -> Json:
    if found is not None and key in ("started", "age"):
        return rfc3339(found)
    return str(found).lower() if isinstance(found, bool) else found
