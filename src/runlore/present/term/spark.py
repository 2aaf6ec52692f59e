"""A row of numbers as a line of little bars."""

import math
from collections.abc import Callable, Sequence

WIDTH = 32
_BARS = "▁▂▃▄▅▆▇█"
_PLAIN_BARS = "_.:-=+*#"
_GAP = " "


def sparkline(
    values: Sequence[float],
    *,
    ascii_only: bool = False,
    from_zero: bool = True,
    merge: Callable[[Sequence[float]], float] | None = None,
) -> str:
    """``▁▃▇█▇``: one bar a number, the highest for the largest, the lowest for 0 or the smallest number there is.

    Without ``from_zero`` it is the smallest in any case.

    At most `WIDTH` bars: of more numbers each bar stands for several, for what ``merge`` makes of them, their
    mean if nothing is said. What is no finite number is a gap. Empty where there is nothing to tell apart.
    """
    bars = _PLAIN_BARS if ascii_only else _BARS
    heights = [_merged(values[start:end], merge or _mean) for start, end in _pieces(len(values))]
    known = [height for height in heights if height is not None]
    seen = [0.0, *known] if from_zero else known or [0.0]
    low, high = min(seen), max(seen)
    if len(heights) < 2 or not math.isfinite(high - low) or low == high:  # noqa: PLR2004 - one bar says nothing
        return ""
    top = len(bars) - 1
    return "".join(_GAP if each is None else bars[round((each - low) / (high - low) * top)] for each in heights)


def _pieces(count: int) -> list[tuple[int, int]]:
    """Where each bar's numbers begin and end."""
    bars = min(count, WIDTH)
    return [(count * at // bars, count * (at + 1) // bars) for at in range(bars)]


def _merged(values: Sequence[float], merge: Callable[[Sequence[float]], float]) -> float | None:
    finite = [value for value in values if math.isfinite(value)]
    return merge(finite) if finite else None


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
