"""`metrics`: a row for each step and a column for each series; with ``--last`` a row for each metric."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from itertools import groupby
from typing import NamedTuple

from runlore.capture.metrics.reader import joined
from runlore.capture.metrics.series import Series
from runlore.insight.curve import in_order
from runlore.ops.metrics import Metric, MetricsTable, RunMetrics
from runlore.present.term.blocks import Block, Column, Frame, Line, Span, Spans, Table, View, line, spans
from runlore.present.term.phrases import short
from runlore.present.term.quantities import number, scalar
from runlore.present.term.safe import columns as columns_of
from runlore.records.canonical import Json

_GAP = 2
_STEP = "step"
_NAMED = 5


class _Rows(NamedTuple):
    """The rows of the table: a step, and which of the points at that step, for each of the series.

    ``steps`` has every row there is, in order; ``shown`` are those of them that are drawn.
    """

    steps: "array[int]"
    shown: Sequence[int]

    def places(self) -> Iterator[tuple[int, int]]:
        """The step of each row that is drawn, and how many rows of that step are before it."""
        last, before, nth = -1, 0, 0
        for at in self.shown:
            step = self.steps[at]
            if at != last + 1:
                nth = at - bisect_left(self.steps, step, 0, at)
            else:
                nth = nth + 1 if at and step == before else 0
            last, before = at, step
            yield step, nth


class _Cells:
    """The table's rows of cells, made as they are drawn: there may be millions."""

    __slots__ = ("_rows", "_series")

    def __init__(self, rows: _Rows, series: Sequence[Series]) -> None:
        self._rows, self._series = rows, series

    def __iter__(self) -> Iterator[tuple[Spans, ...]]:
        steps = (spans(str(step)) for step, _ in self._rows.places())
        return zip(steps, *(_column(each, self._rows) for each in self._series), strict=True)


def view(found: MetricsTable, frame: Frame, *, last: bool = False, limit: int = 0) -> View:
    """The points, with ``limit`` (0: all) so many rows spread over all of them; or what each metric came to."""
    if not any(run.metrics for run in found.runs):
        running = any(run.state == "running" for run in found.runs)
        return View((), (line("nothing is logged yet" if running else "no metrics"),))
    if last:
        return View((_last(found),))
    columns = [
        (run, metric, _in_order(series))
        for run in found.runs
        for metric in run.metrics
        if (series := joined(metric.points or ())) is not None
    ]
    without = [metric.name for run in found.runs for metric in run.metrics if metric.points is None]
    steps = _steps([series for _, _, series in columns])
    rows = _Rows(steps, _spread(len(steps), limit))
    titles = [_title(run, metric, len(found.runs)) for run, metric, _ in columns]
    fitting = _fitting(titles, [series for _, _, series in columns], rows, frame.width)
    table = Table(
        (Column(_STEP, right=True), *(Column(title, right=True) for title in titles[:fitting])),
        _Cells(rows, [series for _, _, series in columns[:fitting]]),
    )
    blocks: tuple[Block, ...] = (table,) if columns else ()
    return View(blocks, (*_remarks(len(rows.shown), len(steps), titles[fitting:]), *_pointless(without)))


def _title(run: RunMetrics, metric: Metric, runs: int) -> str:
    return f"{metric.name} {run.run[:8]}" if runs > 1 else metric.name


def _in_order(series: Series) -> Series:
    steps, values = in_order(series.steps, series.values)
    return series._replace(steps=steps, values=values)  # type: ignore[arg-type]  # steps come as steps


def _steps(series: Sequence[Series]) -> "array[int]":
    """The rows there are, by step; a step that a series has several times has as many rows."""
    if len(series) == 1:
        return series[0].steps
    counted = merge(*(_counted(each) for each in series))
    return array("q", (step for (step, _), _ in groupby(counted)))


def _counted(series: Series) -> Iterator[tuple[int, int]]:
    for step, same in groupby(series.steps):
        yield from ((step, nth) for nth, _ in enumerate(same))


def _spread(rows: int, limit: int) -> Sequence[int]:
    """So many of the rows, evenly, with the first and the last."""
    if not limit or rows <= limit:
        return range(rows)
    if limit == 1:
        return range(rows - 1, rows)
    return [round(at * (rows - 1) / (limit - 1)) for at in range(limit)]


def _column(series: Series, rows: _Rows) -> Iterator[Spans]:
    """The values in these rows."""
    _, steps, _, values = series
    at, end = 0, len(steps)
    for step, nth in rows.places():
        if at < end and steps[at] < step:
            at += 1  # where it is, unless rows or points are left out
            if at < end and steps[at] < step:
                at = bisect_left(steps, step, at)
        found = at + nth
        yield (Span(number(values[found]), "metric"),) if found < end and steps[found] == step else ()


def _fitting(titles: Sequence[str], series: Sequence[Series], rows: _Rows, width: int | None) -> int:
    """How many columns fit beside each other, the first one in any case; all in a pipe."""
    if width is None:
        return len(titles)
    room = width - max(len(_STEP), len(str(rows.steps[-1])) if rows.steps else 0)
    for at, (title, each) in enumerate(zip(titles, series, strict=True)):
        cells = _column(each, rows)
        room -= _GAP + max(columns_of(title), *(sum(columns_of(span.text) for span in cell) for cell in cells))
        if room < 0 and at:
            return at
    return len(titles)


def _last(found: MetricsTable) -> Table:
    rows = [(run, metric) for run in found.runs for metric in run.metrics]
    several = len(found.runs) > 1
    if several:
        rows.sort(key=lambda pair: pair[1].name)
    titles = ("last", "min", "max", "count", "step")
    return Table(
        (Column("metric"), *([Column("run")] if several else []), *(Column(title, right=True) for title in titles)),
        tuple(
            (spans(metric.name), *([spans(short(run.run))] if several else []), *_five(metric.summary))
            for run, metric in rows
        ),
    )


def _five(summary: Mapping[str, Json]) -> Iterator[Spans]:
    for key in ("last", "min", "max"):
        value = summary[key]
        yield () if value is None else spans(Span(scalar(value), "metric"))
    for key in ("count", "step"):
        yield () if summary[key] is None else spans(f"{summary[key]:,}")


def _remarks(shown: int, rows: int, left: Sequence[str]) -> Iterator[Line]:
    if shown < rows:
        yield line(Span(f"{shown:,} of {rows:,} steps, evenly chosen; -n 0 for all, or --csv", "dim"))
    if left:
        more = ", ..." if len(left) > _NAMED else ""
        yield line(Span(f"no room for {', '.join(left[:_NAMED])}{more}; -m METRIC chooses, --last has all", "dim"))


def _pointless(names: Sequence[str]) -> Iterator[Line]:
    if names:
        yield line(Span(f"the store has no points of {', '.join(names[:_NAMED])}; --last", "dim"))
