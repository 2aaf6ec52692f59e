"""Points of several sources become one series for each name: who comes first wins, others fill its gaps."""

from array import array
from collections.abc import Iterator, Sequence
from functools import reduce

from runlore.capture.metrics.points import Points
from runlore.capture.metrics.series import Series, name_bytes


def merged(sources: Sequence[Points]) -> Iterator[Series]:
    """The series of all sources, sorted as in the store.

    Where several have one name, each adds the points at steps that those before it do not have; the whole
    is then in the order of steps.
    """
    if not sources:
        return
    first, *others = sources
    later: dict[str, list[Points]] = {}
    for source in others:
        for name in source.names:
            later.setdefault(name, []).append(source)
    for name in sorted({*first.names, *later}, key=name_bytes):
        having = [first] if name in first.names else []
        yield reduce(_filled, (source.one(name) for source in having + later.get(name, [])))


def _filled(series: Series, more: Series) -> Series:
    """``series`` with the points of ``more`` at steps that it does not have, by step."""
    if series.steps[: len(more.steps)] == more.steps:
        return series  # a copy of it, perhaps cut short
    known = set(series.steps)
    gaps = [index for index, step in enumerate(more.steps) if step not in known]
    if not gaps:
        return series
    steps = series.steps + array("q", map(more.steps.__getitem__, gaps))
    ats = series.ats + array("q", map(more.ats.__getitem__, gaps))
    values = series.values + array("d", map(more.values.__getitem__, gaps))
    order = sorted(range(len(steps)), key=steps.__getitem__)
    return Series(
        series.name,
        array("q", map(steps.__getitem__, order)),
        array("q", map(ats.__getitem__, order)),
        array("d", map(values.__getitem__, order)),
    )
