"""`metrics`: a row for each step and a column for each series; with ``--last`` a row for each metric."""

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from itertools import groupby
from typing import NamedTuple

from runlore.capture.metrics.series import Series
from runlore.ops.metrics import Metric, MetricsTable, RunMetrics
from runlore.present.term.blocks import Block, Column, Frame, Line, Span, Spans, Table, View, line, spans
from runlore.present.term.phrases import short
from runlore.present.term.quantities import number, scalar
from runlore.present.term.safe import columns as columns_of
from runlore.records.canonical import Json

_GAP = 2
_STEP = "step"
_NAMED = 5


class _Place(NamedTuple):
    """A row of the table: a step, and which of the points at that step."""

    step: int
    nth: int


def view(found: MetricsTable, frame: Frame, *, last: bool = False, limit: int = 0) -> View:
    """The points, with ``limit`` (0: all) so many rows spread over all of them; or what each metric came to."""
    if not any(run.metrics for run in found.runs):
        running = any(run.state == "running" for run in found.runs)
        return View((), (line("nothing is logged yet" if running else "no metrics"),))
    if last:
        return View((_last(found),))
    columns = [(run, metric, metric.series) for run in found.runs for metric in run.metrics if metric.series]
    without = [metric.name for run in found.runs for metric in run.metrics if metric.series is None]
    places = _places([series for _, _, series in columns])
    shown = _spread(places, limit)
    cells = [_column(series, shown) for _, _, series in columns]
    titles = [_title(run, metric, len(found.runs)) for run, metric, _ in columns]
    fitting = _fitting(titles, cells, len(str(shown[-1].step)) if shown else 0, frame.width)
    table = Table(
        (Column(_STEP, right=True), *(Column(title, right=True) for title in titles[:fitting])),
        tuple(zip(*([[spans(str(place.step)) for place in shown], *cells[:fitting]]), strict=True)),
    )
    blocks: tuple[Block, ...] = (table,) if columns else ()
    return View(blocks, (*_remarks(len(shown), len(places), titles[fitting:]), *_pointless(without)))


def _title(run: RunMetrics, metric: Metric, runs: int) -> str:
    return f"{metric.name} {run.run[:8]}" if runs > 1 else metric.name


def _places(series: Sequence[Series]) -> list[_Place]:
    """The rows there are, by step; a step that a series has several times has as many rows."""
    counted = merge(*(_counted(each) for each in series))
    return [place for place, _ in groupby(counted)]


def _counted(series: Series) -> Iterator[_Place]:
    for step, same in groupby(sorted(series.steps)):
        yield from (_Place(step, nth) for nth, _ in enumerate(same))


def _spread(places: list[_Place], limit: int) -> list[_Place]:
    """So many of the rows, evenly, with the first and the last."""
    if not limit or len(places) <= limit:
        return places
    if limit == 1:
        return places[-1:]
    return [places[round(at * (len(places) - 1) / (limit - 1))] for at in range(limit)]


def _column(series: Series, shown: Sequence[_Place]) -> list[Spans]:
    """The values in these rows."""
    steps = {place.step for place in shown}
    values: dict[int, list[float]] = {}
    for step, value in zip(series.steps, series.values, strict=True):
        if step in steps:
            values.setdefault(step, []).append(value)
    return [_cell(values.get(place.step, ()), place.nth) for place in shown]


def _cell(values: Sequence[float], nth: int) -> Spans:
    return spans(Span(number(values[nth]), "metric")) if nth < len(values) else ()


def _fitting(titles: Sequence[str], cells: Sequence[Sequence[Spans]], step: int, width: int | None) -> int:
    """How many columns fit beside each other, the first one in any case; all in a pipe."""
    if width is None:
        return len(titles)
    room = width - max(len(_STEP), step)
    for at, (title, column) in enumerate(zip(titles, cells, strict=True)):
        room -= _GAP + max(columns_of(title), *(sum(columns_of(span.text) for span in cell) for cell in column))
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
