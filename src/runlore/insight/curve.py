"""A series as what is drawn of it: smoothed, in strokes between its gaps, and no more points than can be seen."""

import math
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import islice
from operator import le

Point = tuple[float, float]
Stroke = tuple[Point, ...]
"""Points that are joined; what is no finite number lies between two strokes."""

_POINTS_A_COLUMN = 4


def in_order(xs: "array[int] | array[float]", ys: "array[float]") -> "tuple[array[int] | array[float], array[float]]":
    """Both columns by ``xs``, smallest first; equal ones stay in the order in which they were."""
    if all(map(le, xs, islice(xs, 1, None))):
        return xs, ys
    order = sorted(range(len(xs)), key=xs.__getitem__)
    return array(xs.typecode, map(xs.__getitem__, order)), array("d", map(ys.__getitem__, order))


def smoothed(values: Iterable[float], weight: float) -> "array[float]":
    """The exponential moving average with this weight of what came before, from 0 to below 1.

    The start at zero is corrected for, as Adam does: D. P. Kingma, J. Ba, "Adam: A method for stochastic
    optimization", ICLR 2015, section 3. What is no finite number stays as it is, and the average goes on after it.
    """
    found = array("d")
    average, bias = 0.0, 1.0
    for value in values:
        if not math.isfinite(value):
            found.append(value)
            continue
        average = weight * average + (1 - weight) * value
        bias *= weight
        found.append(average / (1 - bias))
    return found


def above_zero(values: "array[float]") -> "tuple[array[float], int]":
    """The values with NaN for those that have no logarithm, and how many these are."""
    found = array("d", (math.nan if value <= 0 else value for value in values))
    return found, sum(value <= 0 for value in values)


def gaps(values: "array[float]") -> list[int]:
    """Where there is no finite number."""
    if math.isfinite(sum(values)):  # in C; a sum of finite numbers that overflows only costs the other way
        return []
    return [at for at, value in enumerate(values) if not math.isfinite(value)]


def strokes(xs: Sequence[float], ys: "array[float]", span: tuple[float, float], columns: int) -> tuple[Stroke, ...]:
    """The curve through these points, ``xs`` in order: at most four for each of so many columns of ``span``.

    These are the first, the last, the lowest and the highest: drawn in as many columns of pixels the lines
    between them are those between all points. This is M4: U. Jugel, Z. Jerzak, G. Hackenbroich, V. Markl,
    "M4: A visualization-oriented time series data aggregation", VLDB 2014. Gaps within one column are not seen.
    """
    if len(xs) <= _POINTS_A_COLUMN * columns:
        return _split(list(zip(xs, ys, strict=True)))
    low, high = span
    points: list[Point] = []
    start = 0
    for column in range(1, columns + 1):
        end = bisect_right(xs, low + (high - low) * column / columns, start) if column < columns else len(xs)
        if end > start:
            points += _column(xs, ys[start:end], start)
        start = end
    return _split(points)


def _column(xs: Sequence[float], piece: "array[float]", start: int) -> list[Point]:
    """What is drawn of one column; a gap at its edge stays one."""
    edges = {0, len(piece) - 1}
    if math.isfinite(sum(piece)):
        chosen = edges | {piece.index(min(piece)), piece.index(max(piece))}
    else:
        finite = [at for at, value in enumerate(piece) if math.isfinite(value)]
        inner = {min(finite, key=piece.__getitem__), max(finite, key=piece.__getitem__)} if finite else set()
        chosen = edges | inner | set(finite[:1]) | set(finite[-1:])
    return [(xs[start + at], piece[at]) for at in sorted(chosen)]


def _split(points: Sequence[Point]) -> tuple[Stroke, ...]:
    found: list[Stroke] = []
    stroke: list[Point] = []
    for point in points:
        if math.isfinite(point[1]):
            stroke.append(point)
        elif stroke:
            found.append(tuple(stroke))
            stroke = []
    if stroke:
        found.append(tuple(stroke))
    return tuple(found)
