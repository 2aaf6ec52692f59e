"""Which runs are kept where somebody said how many: the newest, the best, the tagged, and what those came from."""

import math
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from runlore.errors import NoSuchMetricError, UsageError
from runlore.insight.better import Direction, better
from runlore.ops.descent.links import Links
from runlore.ops.indexing import from_row
from runlore.ops.parts import read_parts
from runlore.ops.results import Run
from runlore.ops.uses import uses_of
from runlore.records.hashing import RunId
from runlore.store.noting import MADE
from runlore.store.refs import Refs
from runlore.store.store import Store
from runlore.store.uses import Use

_SECOND = 1_000_000_000


class Best(NamedTuple):
    """To keep so many runs with the best last value of a metric."""

    metric: str
    many: int
    direction: Direction


class Rules(NamedTuple):
    """What is kept; a run that no rule keeps goes. Tagged runs and those that run are kept by any rule.

    ``newer`` is seconds; of runs outside ``experiment``, if that is given, none goes; with ``lineage`` the runs
    that made what a kept run read are kept too.
    """

    last: int | None = None
    tagged: bool = False
    best: tuple[Best, ...] = ()
    newer: float | None = None
    experiment: str | None = None
    lineage: bool = True

    @property
    def some(self) -> bool:
        """Whether there is a rule at all."""
        return self.last is not None or self.tagged or bool(self.best) or self.newer is not None


def best_of(text: str) -> Best:
    """``METRIC:K``, ``METRIC:K:min`` or ``METRIC:K:max``.

    Raises:
        UsageError: it is none of these, or which way the metric is better is not known.
    """
    parts = text.split(":")
    direction: Direction | None = None
    if parts[-1] == "min" or parts[-1] == "max":
        direction = "min" if parts.pop() == "min" else "max"
    count, metric = parts[-1], ":".join(parts[:-1])
    if not (metric and count.isascii() and count.isdecimal() and int(count[:9]) > 0):
        raise UsageError(f'--keep-best cannot be "{text}"', hint="write --keep-best accuracy:3, or loss:3:min")
    direction = direction or better(metric)
    if direction is None:
        raise UsageError(
            f'whether more of "{metric}" is better is not known', hint=f"--keep-best {text}:max, or {text}:min"
        )
    return Best(metric, int(count), direction)


def superseded(store: Store, refs: Refs, rules: Rules, now: int, among: Container[str] | None = None) -> list[RunId]:
    """The runs that no rule keeps, the oldest first; ``now`` is nanoseconds since 1970 UTC.

    Only those ``among`` which are meant count, if that is given.

    Raises:
        NoSuchMetricError: no run has a metric by which the best are to be kept.
        CorruptError: a run cannot be read.
    """
    removed = refs.removed()
    tags = _tags(refs)
    rows = (row for row in store.index.rows() if row.id not in removed and (among is None or row.id in among))
    every = [from_row(store, row, tags) for row in rows]
    inside = [run for run in every if rules.experiment in {None, run.experiment}]
    kept = {run.id for run in inside if run.tags or run.state == "running"}
    if rules.last is not None:
        kept.update(run.id for run in inside[: rules.last])
    if rules.newer is not None:
        kept.update(run.id for run in inside if run.started_at >= now - int(rules.newer * _SECOND))
    for best in rules.best:
        kept.update(_best(inside, best))
    kept |= {run.id for run in every} - {run.id for run in inside}
    if rules.lineage:
        kept |= _ancestors(store, kept, {run.id: run.started_at for run in every})
    return [RunId(run.id) for run in reversed(inside) if run.id not in kept]


def _tags(refs: Refs) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for name, head in refs.tags().items():
        for event in (head.event, *head.others):
            if event.kind == "tag":
                found[str(event.data["run"])] += (name,)
    return found


def _best(runs: Sequence[Run], best: Best) -> list[str]:
    values = [(value, run.id) for run in runs if (value := _last(run, best.metric)) is not None]
    if not values:
        raise NoSuchMetricError(f'no run has the metric "{best.metric}"', hint="nothing was removed")
    # Of equal ones the newest, which come first.
    values.sort(key=lambda each: -each[0] if best.direction == "max" else each[0])
    return [run for _, run in values[: best.many]]


def _last(run: Run, metric: str) -> float | None:
    value = (run.metrics.get(metric) or {}).get("last")
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _ancestors(store: Store, kept: Iterable[str], began: Mapping[str, int]) -> set[str]:
    """For all that the kept runs read, and in turn those, the newest run before them that made it."""
    found: set[str] = set(kept)
    waiting = list(found)
    with uses_of(store) as uses:
        links = Links(uses, store.objects)
        while waiting:
            run = waiting.pop()
            inputs = read_parts(store, RunId(run)).inputs
            for makers in links.of(inputs, MADE, partial(_is_before, began, began[run])).values():
                runs = [link.use.run for link in makers]
                if not found.intersection(runs):
                    found.add(runs[0])
                    waiting.append(runs[0])
    return found


def _is_before(began: Mapping[str, int], start: int, use: Use) -> bool:
    return began.get(use.run, start) < start
