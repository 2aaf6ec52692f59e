"""Metrics as comma-separated values (RFC 4180), one row for each point: what data frames call long or tidy."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from runlore.ops.metrics import MetricsTable
from runlore.present.json import rfc3339

_POINTS = ("run", "metric", "step", "time", "value")
_LAST = ("run", "metric", "last", "min", "max", "count", "step")
_PIECE = 1 << 16


def coming(tables: Iterable[MetricsTable]) -> Iterator[str]:
    """The points of each of these tables as they come, under one header."""
    page = io.StringIO()
    csv.writer(page, lineterminator="\n").writerow(_POINTS)
    yield page.getvalue()
    for found in tables:
        if any(run.metrics for run in found.runs):
            yield from parts(found, header=False)


def parts(found: MetricsTable, columns: Sequence[str] = (), *, header: bool = True) -> Iterator[str]:  # noqa: ARG001 - as of every table
    """The points, or what each metric came to where no points were asked for. Under a header, in pieces.

    Numbers have every digit; NaN and the infinities are ``nan``, ``inf`` and ``-inf``.
    """
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    with_points = any(metric.points is not None for run in found.runs for metric in run.metrics)
    if header:
        writer.writerow(_POINTS if with_points else _LAST)
    for run in found.runs:
        for metric in run.metrics:
            if not with_points:
                writer.writerow((run.run, metric.name, *(metric.summary[key] for key in _LAST[2:])))
            for piece in metric.points or ():
                for step, at, value in zip(*piece[1:], strict=True):
                    writer.writerow((run.run, metric.name, step, rfc3339(at) if at else "", value))
                    if page.tell() > _PIECE:
                        yield page.getvalue()
                        page.seek(0)
                        page.truncate()
    yield page.getvalue()
