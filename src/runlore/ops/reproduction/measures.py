"""The metrics of two runs, one by one; how far each may be apart; and the noise of runs that should be the same."""

import json
import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from runlore.insight.compare.look import relative
from runlore.insight.volatile import is_timing
from runlore.ops.reproduction.outputs import DIFFERENT, IDENTICAL, MISSING, NEW, WITHIN
from runlore.records.canonical import Json
from runlore.store.store import Store

ALL = "*"
_FIELDS = ("last", "min", "max", "count")
_ENOUGH = 2
"""Other runs with the same fingerprint, from which on there is a noise to speak of."""

Metrics = Mapping[str, Mapping[str, Json]]


class Measured(NamedTuple):
    """A metric of both runs. ``sameness`` is as of `outputs.Compared`; ``counts`` is false for one of time."""

    name: str
    sameness: str
    a: Json
    b: Json
    deviation: float | None
    counts: bool


def compare_metrics(a: Metrics, b: Metrics, tolerance: Mapping[str, float]) -> tuple[Measured, ...]:
    """Each metric of either run by name; ``tolerance`` is relative, by metric or for `ALL`."""
    return tuple(_measured(name, a.get(name), b.get(name), tolerance) for name in sorted(a.keys() | b.keys()))


def _measured(
    name: str, a: Mapping[str, Json] | None, b: Mapping[str, Json] | None, tolerance: Mapping[str, float]
) -> Measured:
    counts = name in tolerance or not is_timing(name)
    if a is None or b is None:
        last = (a or b or {}).get("last")
        missing = MISSING if b is None else NEW
        return Measured(name, missing, last if b is None else None, last if a is None else None, None, counts)
    far = max(deviation(a.get(field), b.get(field)) for field in _FIELDS)
    allowed = tolerance.get(name, tolerance.get(ALL, 0.0))
    sameness = IDENTICAL if far == 0 else WITHIN if far <= allowed and a.get("count") == b.get("count") else DIFFERENT
    return Measured(name, sameness, a.get("last"), b.get("last"), far, counts)


def deviation(a: Json, b: Json) -> float:
    """How far two numbers are apart, relative to the larger; 0 for two NaN, infinite where only one is a number."""
    numbers = [float(value) for value in (a, b) if isinstance(value, int | float)]
    if len(numbers) < 2:  # noqa: PLR2004 - both
        return 0.0 if a == b else math.inf
    x, y = numbers
    if x == y or (math.isnan(x) and math.isnan(y)):
        return 0.0
    return relative(x, y)


def noise_of(store: Store, fingerprint: str, without: Iterable[str], names: Iterable[str]) -> dict[str, float] | None:
    """For each metric how far runs of that fingerprint are apart; ``None`` if there are too few of them.

    Runs that failed do not count, nor those whose ids are in ``without``.
    """
    passed = set(without)
    found = []
    for row in store.index.rows():
        summary = json.loads(row.summary) if row.sealed and row.id not in passed else {}
        if summary.get("fingerprint") == fingerprint and summary.get("state") == "succeeded":
            found.append(summary["metrics"])
    if len(found) <= _ENOUGH:
        return None
    return {name: _spread([metrics[name]["last"] for metrics in found if name in metrics]) for name in names}


def _spread(values: list[Json]) -> float:
    numbers = [value for value in values if isinstance(value, int | float) and math.isfinite(value)]
    return deviation(min(numbers), max(numbers)) if numbers else 0.0
