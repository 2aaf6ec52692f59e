"""Samples as comma-separated values (RFC 4180), one row each: the worst of a run, or those that broke between two."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence

from runlore.ops.samples import RunSamples, SamplesDiff
from runlore.records.canonical import Json

_PIECE = 1 << 16
_OF_ONE, _OF_TWO = ("id", "split", "error"), ("id", "split", "error_a", "error_b", "prediction_a", "prediction_b")


def parts(found: RunSamples | SamplesDiff, columns: Sequence[str] = ()) -> Iterator[str]:  # noqa: ARG001 - as of every table
    """Under a header, in pieces: what was found out, then the columns of the samples as ``sample.NAME``."""
    fixed: tuple[str, ...]
    rows: list[tuple[tuple[Json, ...], Mapping[str, Json]]]
    if isinstance(found, RunSamples):
        fixed, rows = _OF_ONE, [((each.id, each.split, each.error), each.values) for each in found.found.worst]
    else:
        fixed = _OF_TWO
        rows = [(tuple(getattr(each, name) for name in _OF_TWO), each.values) for each in found.found.broken]
    names = list(dict.fromkeys(name for _, values in rows for name in values))
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow((*fixed, *(f"sample.{name}" for name in names)))
    for known, values in rows:
        writer.writerow((*map(_cell, known), *_cells(values, names)))
        if page.tell() > _PIECE:
            yield page.getvalue()
            page.seek(0)
            page.truncate()
    yield page.getvalue()


def _cells(values: Mapping[str, Json], names: Sequence[str]) -> Iterator[Json]:
    return (_cell(values.get(name)) for name in names)


def _cell(value: Json) -> Json:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, list | dict) else value
