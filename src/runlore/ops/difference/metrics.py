"""Metrics side by side: last and best values, how far apart, and whether that stands out of the noise."""

import math
from collections.abc import Mapping
from io import BytesIO

from runlore.capture.metrics.reader import MalformedSeriesError
from runlore.errors import CacheDamagedError, CorruptError
from runlore.insight.better import better
from runlore.insight.divergence import parted_metrics
from runlore.insight.volatile import is_timing
from runlore.ops.difference.results import Metric, Noise, Pair
from runlore.ops.difference.siblings import noise, siblings
from runlore.ops.difference.tables import same
from runlore.ops.parts import Parts
from runlore.records.canonical import Json
from runlore.store.store import Store

_LARGEST = 16 << 20
"""Bytes of all points of both runs that are held against each other."""
_POINTS = ("last", "min", "max", "count")


def compare_metrics(store: Store, a: Parts, b: Parts) -> tuple[dict[str, Metric], str]:
    """Every metric of either run by name, those that are identical too; and why points could not be read, if so."""
    left, right = ({} if parts.seal is None else parts.seal.metrics for parts in (a, b))
    # Runs of one recipe with the same numbers leave nothing to explain; finding siblings reads other runs.
    groups = siblings(store, a, b) if left != right and left.keys() & right.keys() else None
    found = {}
    for name in sorted(left.keys() | right.keys()):
        said = noise(groups, name) if groups and name in left and name in right else None
        found[name] = _metric(name, left.get(name), right.get(name), said)
    parted, unread = _parted(store, a, b) if any(is_same(each) for each in found.values()) else (frozenset(), "")
    told = {name: each._replace(same_points=False) if name in parted else each for name, each in found.items()}
    return told, unread


def _parted(store: Store, a: Parts, b: Parts) -> tuple[frozenset[str], str]:
    """Metrics of which any point differs; none if that would take long, or, with the reason, if they are damaged."""
    oids = [parts.seal.series if parts.seal else None for parts in (a, b)]
    if None in oids or oids[0] == oids[1]:
        return frozenset(), ""
    try:
        left, right = (store.objects.blob(bytes.fromhex(oid)) for oid in oids if oid)
        if len(left) + len(right) > _LARGEST:
            return frozenset(), ""
        return parted_metrics(BytesIO(left), BytesIO(right)), ""
    except CacheDamagedError:
        raise
    except CorruptError as error:
        return frozenset(), error.message  # last and extreme values are in the record
    except MalformedSeriesError as error:
        return frozenset(), f"a series cannot be read: {error}"


def differs(found: Mapping[str, Metric]) -> bool:
    """Whether any differs that is not one of time."""
    return any(not each.timing and not is_same(each) for each in found.values())


def is_same(each: Metric) -> bool:
    """Whether a metric is identical in both runs, in its points too where they were looked at."""
    return same(each.a, each.b) and each.same_points


def _metric(name: str, a: Mapping[str, Json] | None, b: Mapping[str, Json] | None, said: Noise | None) -> Metric:
    x, y = ((side or {}).get("last") for side in (a, b))
    which = better(name)
    timing = is_timing(name)
    delta = _difference(x, y)
    return Metric(
        a=x,
        b=y,
        delta=delta,
        percent=None if delta is None or not x or not math.isfinite(delta) else 100 * delta / abs(x),
        best=None if which is None else Pair(*((side or {}).get(which) for side in (a, b))),
        better=which,
        timing=timing,
        same_points=a is not None and b is not None and all(same(a.get(key), b.get(key)) for key in _POINTS),
        noise=None if timing else said,
    )


def _difference(a: Json, b: Json) -> float | None:
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in (a, b)):
        return None
    try:
        found = b - a
    except OverflowError:  # a large whole number beside a float
        return None
    return float(found) if isinstance(found, float) else found
