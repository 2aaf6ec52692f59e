"""What a seal says of a series."""

from itertools import filterfalse
from math import isnan

from runlore.capture.metrics.series import Series
from runlore.records.canonical import Json


def summarise(series: Series) -> dict[str, Json]:
    """``last``, ``min``, ``max``, ``count`` and ``step``, that of the last point.

    NaN is last where it is last; ``min`` and ``max`` pass over it and are ``None`` where there is nothing else.
    """
    numbers = list(filterfalse(isnan, series.values))
    return {
        "last": series.values[-1],
        "min": min(numbers, default=None),
        "max": max(numbers, default=None),
        "count": len(series.values),
        "step": series.steps[-1],
    }
