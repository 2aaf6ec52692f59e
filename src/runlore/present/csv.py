"""Runs as comma-separated values (RFC 4180) for spreadsheets and data frames: raw numbers, full ids, UTC times."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module

from runlore.ops.results import RunList
from runlore.present.columns import metric_names, param_names, value
from runlore.present.json import rfc3339
from runlore.records.canonical import Json

_FIRST = ("id", "name", "experiment", "state", "started", "duration", "exit_code", "command", "commit", "dirty", "tags")


def rows(schema: str) -> Callable[..., Iterable[str]]:
    """How a result of this schema becomes a table: a function of the result and the columns, to pieces of text."""
    if schema == "run-list/1":
        return lambda found, columns: [text(found, columns)]
    parts: Callable[..., Iterable[str]] = import_module("runlore.present.csv_metrics").parts
    return parts


def text(found: RunList, columns: Sequence[str] = ()) -> str:
    """One row for each run under a header; without ``columns`` every parameter and metric has its own."""
    runs = found.runs
    keys = columns or (
        *_FIRST,
        *(f"params.{name}" for name in param_names(runs)),
        *(f"metrics.{name}" for name in metric_names(runs)),
    )
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(keys)
    writer.writerows([_cell(key, value(run, key)) for key in keys] for run in runs)
    return page.getvalue()


def _cell(key: str, found: Json) -> Json:
    if found is not None and key in ("started", "age"):
        return rfc3339(found)
    return str(found).lower() if isinstance(found, bool) else found
