"""`metrics`: what runs have logged, point by point or what it came to."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import NamedTuple

from runlore.capture.metrics.reader import joined
from runlore.capture.metrics.series import Series
from runlore.capture.metrics.summary import summarise
from runlore.errors import NoSuchMetricError
from runlore.ops.describe import describe
from runlore.ops.names import resolve
from runlore.ops.project import open_store
from runlore.ops.results import Run
from runlore.ops.series import Journals, read_series, series_pieces
from runlore.records.canonical import Json
from runlore.store.refs import Refs
from runlore.store.store import Store

_NAMED = 8
"""Metrics that an error names."""


class Metric(NamedTuple):
    """A metric of a run: what it came to, and its points.

    These come in pieces, in order, and may be read again and again; ``None`` where they are not asked for, or gone.
    """

    name: str
    summary: Mapping[str, Json]
    """``last``, ``min``, ``max``, ``count`` and ``step``, that of the last point."""
    points: Iterable[Series] | None


class RunMetrics(NamedTuple):
    """The metrics of a run, by name."""

    run: str
    name: str | None
    state: str
    metrics: tuple[Metric, ...]


class MetricsTable(NamedTuple):
    """The metrics of several runs, in the order in which they were asked for."""

    runs: tuple[RunMetrics, ...]


def metrics(folder: str, names: Sequence[str], patterns: Sequence[str] = (), *, last: bool = False) -> MetricsTable:
    """The metrics of the runs with these names; of one that goes on, what it has logged so far.

    ``patterns`` choose metrics by name or with ``*``, ``?`` and ``[...]``; all without any. With ``last`` no points.

    Raises:
        NoSuchMetricError: no run has a metric that one of the patterns matches.
    """
    with open_store(folder) as store:
        runs = find_runs(store, names)
        found = tuple(RunMetrics(run.id, run.name, run.state, tuple(_of(store, run, patterns, last))) for run in runs)
        check_patterns(patterns, (each.name for run in found for each in run.metrics), store, runs)
        return MetricsTable(found)


def follow(
    folder: str, names: Sequence[str], patterns: Sequence[str], pause: Callable[[], None]
) -> Iterator[MetricsTable]:
    """The points that come, with a pause between looks, until all the runs have ended: first those there are by now.

    Raises:
        NoSuchMetricError: they have ended, and no run has a metric that one of the patterns matches.
    """
    journals: Journals = {}
    given: dict[tuple[str, str], int] = {}
    seen: set[str] = set()
    while True:
        with open_store(folder) as store:
            runs = find_runs(store, names)
            fresh = []
            for run in runs:
                found = list(read_series(store, run, lambda name: is_chosen(name, patterns), journals))
                seen.update(series.name for series in found)
                fresh.append(RunMetrics(run.id, run.name, run.state, tuple(_fresh(run.id, found, given))))
            ended = all(run.state != "running" for run in runs)
            if ended:
                check_patterns(patterns, seen, store, runs)
        yield MetricsTable(tuple(fresh))
        if ended:
            return
        names = [run.id for run in runs]  # "@" may soon be another run
        pause()


def _fresh(run: str, found: Iterable[Series], given: dict[tuple[str, str], int]) -> Iterator[Metric]:
    """The points beyond those that were given."""
    for series in found:
        start = given.get((run, series.name), 0)
        given[run, series.name] = count = len(series.values)
        if count > start:
            rest = Series(series.name, series.steps[start:], series.ats[start:], series.values[start:])
            yield Metric(series.name, {}, (rest,))


def find_runs(store: Store, names: Sequence[str]) -> tuple[Run, ...]:
    """The runs with these names, each once; raises as `resolve`."""
    refs = Refs(store.layout, store.index)
    ids = dict.fromkeys(resolve(store, refs, name) for name in names)
    return tuple(describe(store, refs, run) for run in ids)


def is_chosen(name: str, patterns: Sequence[str]) -> bool:
    """Whether a metric of this name is meant."""
    return not patterns or any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)


def check_patterns(patterns: Sequence[str], found: Iterable[str], store: Store, runs: Sequence[Run]) -> None:
    """Nothing, if each pattern matches one of the names; else raises `NoSuchMetricError`."""
    names = set(found)
    for pattern in patterns:
        if not any(is_chosen(name, (pattern,)) for name in names):
            known = sorted({name for run in runs for name in _names(store, run)})
            which = "the run has" if len(runs) == 1 else "none of the runs has"
            negative = "no" if len(runs) == 1 else "a"
            raise NoSuchMetricError(f'{which} {negative} metric "{pattern}"', hint=_hint(pattern, known))


def _hint(pattern: str, known: Sequence[str]) -> str:
    if not known:
        return "nothing was logged; runlore.log(loss=0.3) does"
    near = get_close_matches(pattern, known, n=_NAMED) or known
    more = ", ..." if len(near) > _NAMED else ""
    return f"there is {', '.join(near[:_NAMED])}{more}"


def _names(store: Store, run: Run) -> Iterator[str]:
    yield from run.metrics
    if run.finished_at is None:
        yield from (each.name for each in read_series(store, run, lambda _: True))


def _of(store: Store, run: Run, patterns: Sequence[str], last: bool) -> Iterator[Metric]:
    """The metrics of a run that are meant; those on record without any points too."""
    if last and run.finished_at is not None:
        for name in sorted(run.metrics):
            if is_chosen(name, patterns):
                yield Metric(name, _five(run.metrics[name]), None)
        return
    seen = set()
    for name, points in series_pieces(store, run, lambda name: is_chosen(name, patterns)):
        seen.add(name)
        summary = run.metrics.get(name) or _summary(points)
        yield Metric(name, _five(summary), None if last else points)
    for name in sorted(run.metrics.keys() - seen):
        if is_chosen(name, patterns):
            yield Metric(name, _five(run.metrics[name]), None)


def _summary(points: Iterable[Series]) -> Mapping[str, Json]:
    """What is not on record: of a run that goes on, and where one has more metrics than a record holds."""
    whole = joined(points)
    return {} if whole is None else summarise(whole)


def _five(summary: Mapping[str, Json]) -> dict[str, Json]:
    return {key: summary.get(key) for key in ("last", "min", "max", "count", "step")}
