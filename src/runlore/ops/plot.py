"""`plot`: the curves of runs, side by side in one panel for each metric."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from runlore.capture.metrics.series import Series
from runlore.errors import NoSuchMetricError
from runlore.insight.curve import Stroke, above_zero, gaps, in_order, smoothed, strokes
from runlore.insight.volatile import is_timing
from runlore.ops.metrics import check_patterns, find_runs, is_chosen
from runlore.ops.project import open_store
from runlore.ops.results import Run
from runlore.ops.series import Journals, read_series
from runlore.records.canonical import Scalar
from runlore.store.store import Store

COLUMNS = 800
"""Of a panel: as many as there are pixels in a picture, and more than dots in a terminal."""
MAX_PANELS = 12
"""Metrics that are drawn where nobody said which."""
_ENOUGH = 2
_SECOND = 1_000_000_000
_DIFFERING = 3
"""Parameters that tell runs apart in a legend."""


class Manner(NamedTuple):
    """How curves are drawn: over the ``step`` or the ``time``; the weight of smoothing, 0 for none."""

    x: str = "step"
    log: bool = False
    smooth: float = 0.0


class Curve(NamedTuple):
    """A metric of a run. ``strokes`` are its points between gaps, ``raw`` the same before it was smoothed."""

    run: str
    strokes: tuple[Stroke, ...]
    raw: tuple[Stroke, ...]
    points: int
    last: float
    not_finite: int
    """NaN and infinities: gaps in the curve."""
    first_gap: int | None
    """The step of the first of them."""
    not_positive: int
    """Points that a logarithmic axis does not have."""
    without_time: int
    """Points that are not drawn over the time, for nobody knows it."""


class Panel(NamedTuple):
    """The curves of one metric; ``x`` from where to where, steps or seconds since the run began."""

    metric: str
    x: tuple[float, float]
    curves: tuple[Curve, ...]


class Drawn(NamedTuple):
    """A run in the legend, with some of the parameters in which it differs from the others."""

    run: str
    name: str | None
    state: str
    params: Mapping[str, Scalar]


class Plot(NamedTuple):
    """What is drawn. ``more`` are metrics that are not, for want of room or of a second point."""

    x: str
    log: bool
    smooth: float
    runs: tuple[Drawn, ...]
    panels: tuple[Panel, ...]
    more: tuple[str, ...]

    @property
    def running(self) -> bool:
        """Whether one of the runs goes on."""
        return any(each.state == "running" for each in self.runs)


def plot(folder: str, names: Sequence[str], patterns: Sequence[str], manner: Manner) -> Plot:
    """The curves of the runs with these names; of one that goes on, what it has logged so far.

    Without ``patterns`` the metrics that most of the runs have, those that are times last.

    Raises:
        NoSuchMetricError: there is nothing to draw.
    """
    found = _plot(folder, names, patterns, manner, strict=True)
    if not found.panels:
        which = "the run has" if len(found.runs) == 1 else "the runs have"
        wanted = "points with a time; --x step draws them" if manner.x == "time" else "two points of one metric"
        raise NoSuchMetricError(
            f"{which} nothing to draw", hint=f"a curve needs {wanted}; mlrun metrics shows what there is"
        )
    return found


def follow(
    folder: str, names: Sequence[str], patterns: Sequence[str], manner: Manner, pause: Callable[[], None]
) -> Iterator[Plot]:
    """The curves again and again, with a pause between, until all the runs have ended; the last ones are whole.

    Raises:
        NoSuchMetricError: they have ended, and there is nothing to draw.
    """
    journals: Journals = {}
    while (found := _plot(folder, names, patterns, manner, strict=False, journals=journals)).running:
        yield found
        names = [each.run for each in found.runs]  # "@" may soon be another run
        pause()
    yield plot(folder, [each.run for each in found.runs], patterns, manner)


def _plot(  # noqa: PLR0913 - what `plot` is asked, and how
    folder: str,
    names: Sequence[str],
    patterns: Sequence[str],
    manner: Manner,
    *,
    strict: bool,
    journals: Journals | None = None,
) -> Plot:
    with open_store(folder) as store:
        runs = find_runs(store, names)
        chosen, more = _choose(runs, patterns)
        series = _series(store, runs, lambda name: is_chosen(name, patterns) and name not in more, journals)
        if strict:
            check_patterns(patterns, series, store, runs)
    order = [*(name for name in chosen if name in series), *sorted(series.keys() - set(chosen))]
    panels = [(name, _panel(name, series[name], runs, manner)) for name in order]
    shown = [panel for _, panel in panels if panel is not None and (patterns or _is_curve(panel))]
    left = [name for name, panel in panels if panel not in shown]
    limit = len(shown) if patterns else MAX_PANELS
    more = (*(panel.metric for panel in shown[limit:]), *more, *left)
    return Plot(manner.x, manner.log, manner.smooth, _legend(runs), tuple(shown[:limit]), more)


def _choose(runs: Sequence[Run], patterns: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Of the metrics on record those that are read, in order, and those that are not."""
    counts: dict[str, int] = {}
    for run in runs:
        for name, found in run.metrics.items():
            if is_chosen(name, patterns):
                counts[name] = counts.get(name, 0) + ((found.get("count") or 0) >= _ENOUGH)
    names = sorted(counts, key=lambda name: (is_timing(name), -counts[name], name))
    if patterns:
        return names, ()
    drawn = [name for name in names if counts[name]][:MAX_PANELS]
    return drawn, tuple(name for name in names if name not in drawn)


def _series(
    store: Store, runs: Sequence[Run], wanted: Callable[[str], bool], journals: Journals | None
) -> dict[str, dict[str, Series]]:
    """By metric, then by run."""
    found: dict[str, dict[str, Series]] = {}
    for run in runs:
        for each in read_series(store, run, wanted, journals):
            found.setdefault(each.name, {})[run.id] = each
    return found


def _is_curve(panel: Panel) -> bool:
    return any(curve.points >= _ENOUGH for curve in panel.curves)


def _panel(name: str, series: Mapping[str, Series], runs: Sequence[Run], manner: Manner) -> Panel | None:
    """``None`` where no point has a place."""
    placed = {run.id: _placed(series[run.id], run, manner) for run in runs if run.id in series}
    filled = {run: (xs, ys) for run, (xs, ys) in placed.items() if xs}
    if not filled:
        return None
    span = min(xs[0] for xs, _ in filled.values()), max(xs[-1] for xs, _ in filled.values())
    return Panel(name, span, tuple(_curve(run, series[run], *found, span, manner) for run, found in filled.items()))


def _placed(series: Series, run: Run, manner: Manner) -> "tuple[array[int] | array[float], array[float]]":
    """The points with their steps, or the seconds since the run began, in order."""
    if manner.x == "step":
        return in_order(series.steps, series.values)
    known = [at for at, when in enumerate(series.ats) if when]
    xs = array("d", ((series.ats[at] - run.started_at) / _SECOND for at in known))
    return in_order(xs, array("d", map(series.values.__getitem__, known)))


def _curve(  # noqa: PLR0913, PLR0917 - a series and how it is drawn
    run: str,
    series: Series,
    xs: "array[int] | array[float]",
    ys: "array[float]",
    span: tuple[float, float],
    manner: Manner,
) -> Curve:
    holes = gaps(series.values)
    hidden = 0
    if manner.log:
        ys, hidden = above_zero(ys)
    lines = smoothed(ys, manner.smooth) if manner.smooth else ys
    if manner.log and manner.smooth:
        lines, _ = above_zero(lines)  # of the smallest numbers the average may be 0
    return Curve(
        run=run,
        strokes=strokes(xs, lines, span, COLUMNS),
        raw=strokes(xs, ys, span, COLUMNS) if manner.smooth else (),
        points=len(ys),
        last=series.values[-1],
        not_finite=len(holes),
        first_gap=series.steps[holes[0]] if holes else None,
        not_positive=hidden,
        without_time=len(series.values) - len(ys),
    )


def _legend(runs: Sequence[Run]) -> tuple[Drawn, ...]:
    names = sorted({name for run in runs for name in run.params})
    differing = [name for name in names if len({repr(run.params.get(name)) for run in runs}) > 1][:_DIFFERING]
    return tuple(
        Drawn(run.id, run.name, run.state, {name: run.params[name] for name in differing if name in run.params})
        for run in runs
    )
