"""Whether two runs are farther apart than their siblings are among themselves: Student's t, for very few numbers.

The two groups are taken to scatter alike, so that one spread is estimated from both: then a group may be a single
run. The p-value is the regularised incomplete beta function, by its continued fraction (Abramowitz and Stegun,
Handbook of Mathematical Functions, 26.5.8 and 26.7.1), which needs no SciPy.
"""

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

ALPHA = 0.05
"""Chance of calling noise a difference, for one metric."""
_TINY = 1e-300
_STEPS = 300
_PRECISION = 1e-12
_FEWEST = 3
"""Numbers in both groups together: a spread has to be seen by one of them."""


class Test(NamedTuple):
    """``spread`` is the standard deviation within the groups; ``p`` how likely so large a difference is by chance."""

    spread: float
    p: float

    @property
    def stands_out(self) -> bool:
        """Whether it is larger than chance explains."""
        return self.p < ALPHA


def compare_groups(a: Sequence[float], b: Sequence[float]) -> Test | None:
    """Student's t of two independent groups; ``None`` for fewer than three numbers, an empty group or one not finite.

    Where no sibling differs from another any difference stands out.
    """
    if not a or not b or len(a) + len(b) < _FEWEST or not all(map(math.isfinite, (*a, *b))):
        return None
    freedom = len(a) + len(b) - 2
    squares = sum((x - statistics.fmean(group)) ** 2 for group in (a, b) for x in group)
    spread = math.sqrt(squares / freedom)
    far = abs(statistics.fmean(a) - statistics.fmean(b))
    return _tested(far, spread, spread * math.sqrt(1 / len(a) + 1 / len(b)), freedom)


def compare_draws(a: float, b: float, others: Sequence[float]) -> Test | None:
    """Two of one group, beside its ``others``: whether they are farther apart than two such are."""
    if len(others) < _FEWEST - 1 or not all(map(math.isfinite, (a, b, *others))):
        return None
    spread = statistics.stdev(others)
    return _tested(abs(a - b), spread, spread * math.sqrt(2), len(others) - 1)


def _tested(far: float, spread: float, error: float, freedom: int) -> Test:
    if far == 0:
        return Test(spread, 1.0)
    if error == 0:
        return Test(spread, 0.0)
    t = far / error
    return Test(spread, incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5))


def incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction, by Lentz's method."""
    c, d = 1.0, _away(1 - (a + b) * x / (a + 1))
    d = 1 / d
    value = d
    for m in range(1, _STEPS):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _away(1 + step * d)
            c = _away(1 + step / c)
            value *= d * c
        if abs(d * c - 1) < _PRECISION:
            break
    return value


def _away(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
