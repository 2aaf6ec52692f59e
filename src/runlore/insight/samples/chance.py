"""How likely something is by chance: the tests that samples are held against, without SciPy.

All are of the null hypothesis that nothing is there, and those of slices are one-sided: a slice is asked whether it
is worse.
"""

import math
from collections.abc import Callable, Sequence
from itertools import accumulate

from runlore.insight.spread import incomplete_beta

_PRECISION = 1e-15
_EULER = 0.5772156649015329
_EXACT = 50
"""Differences up to which the signed-rank statistic is counted out."""


def hypergeometric_tail(wrong: int, size: int, all_wrong: int, total: int) -> float:
    """The chance of ``wrong`` or more wrong ones among ``size`` of ``total`` samples, of which ``all_wrong`` are.

    Fisher's exact test, one-sided (R. A. Fisher, Statistical Methods for Research Workers, 5th ed., 1934, 21.02).
    It holds for any numbers, and exactly so when the errors are shuffled over the samples.
    """
    if wrong <= max(0, size + all_wrong - total):
        return 1.0
    first = _log_choose(all_wrong, wrong) + _log_choose(total - all_wrong, size - wrong) - _log_choose(total, size)
    most = min(size, all_wrong)

    def ratio(k: int) -> float:
        return (all_wrong - k) / (k + 1) * (size - k) / (total - all_wrong - size + k + 1)

    return _tail(first, wrong, most, ratio)


def binomial_tail(heads: int, flips: int) -> float:
    """The chance of ``heads`` or more in so many flips of a fair coin."""
    if heads <= 0:
        return 1.0
    return _tail(_log_choose(flips, heads) - flips * math.log(2), heads, flips, lambda k: (flips - k) / (k + 1))


def mcnemar(broken: int, fixed: int) -> float:
    """How likely so unequal numbers are if as many break as get fixed: the exact test of McNemar, two-sided.

    Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12 (1947) 153-157; the exact form is the sign test of the pairs that differ.
    """
    return min(1.0, 2 * binomial_tail(max(broken, fixed), broken + fixed))


def welch(a: tuple[float, float, float], b: tuple[float, float, float]) -> float:
    """How likely the mean of ``a`` exceeds that of ``b`` so far by chance; of each the number, sum and sum of squares.

    B. L. Welch, "The generalization of 'Student's' problem when several different population variances are
    involved", Biometrika 34 (1947) 28-35; one-sided.
    """
    if min(a[0], b[0]) < 2:  # noqa: PLR2004 - one number has no spread
        return 1.0
    parts = [_variance(each) / each[0] for each in (a, b)]
    far, error = a[1] / a[0] - b[1] / b[0], sum(parts)
    if far <= 0:
        return 1.0
    if error <= 0:
        return 0.0
    freedom = error**2 / (parts[0] ** 2 / (a[0] - 1) + parts[1] ** 2 / (b[0] - 1))
    return student_tail(far / math.sqrt(error), freedom)


def mean_above_zero(sums: tuple[float, float, float]) -> float:
    """How likely so large a mean is by chance where the true one is 0: Student's t of paired differences, one-sided."""
    number, total, _ = sums
    if number < 2 or total <= 0:  # noqa: PLR2004 - one number has no spread
        return 1.0
    error = math.sqrt(_variance(sums) / number)
    return student_tail(total / number / error, number - 1) if error > 0 else 0.0


def student_tail(t: float, freedom: float) -> float:
    """The chance of ``t`` or more, for a ``t`` that is not negative."""
    return incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2


def normal_tail(z: float) -> float:
    """The chance of ``z`` or more."""
    return math.erfc(z / math.sqrt(2)) / 2


def signed_rank(up: float, number: int, squares: float, ranks: Sequence[float] = ()) -> float:
    """How likely the ranks of the rises sum to ``up`` or as far from the middle by chance, two-sided.

    ``number`` differences are not zero, ``squares`` is the sum of the squares of their ranks. With few of them the
    ``ranks`` themselves are given, and all ways are counted. F. Wilcoxon, "Individual comparisons by ranking methods",
    Biometrics Bulletin 1 (1945) 80-83; ties share the mean of their ranks, zeros are left out, the normal approximation
    is corrected for continuity.
    """
    if number == 0:
        return 1.0
    middle = number * (number + 1) / 4
    if ranks and number <= _EXACT:
        return _counted_out(abs(up - middle), ranks)
    far = max(0.0, abs(up - middle) - 0.5)
    return min(1.0, 2 * normal_tail(far / math.sqrt(squares / 4)))


def adjusted(values: Sequence[float], tested: int) -> list[float]:
    """For each p-value the smallest false discovery rate at which it counts; ``tested`` is how many tests there were.

    The step-up procedure of Y. Benjamini and Y. Hochberg (J. R. Stat. Soc. B 57, 1995, 289-300) with the constant of
    Y. Benjamini and D. Yekutieli (Ann. Stat. 29, 2001, 1165-1188), because slices overlap: it holds whatever the
    dependence between the tests. Those without a value here count as 1.
    """
    if not values:
        return []
    factor = tested * (math.log(tested) + _EULER + 1 / (2 * tested))
    order = sorted(range(len(values)), key=values.__getitem__)
    steps = [min(1.0, values[at] * factor / rank) for rank, at in enumerate(order, 1)]
    lowest = list(accumulate(reversed(steps), min))[::-1]
    found = [1.0] * len(values)
    for at, value in zip(order, lowest, strict=True):
        found[at] = value
    return found


def _counted_out(far: float, ranks: Sequence[float]) -> float:
    """By dynamic programming over the doubled ranks, which are whole."""
    whole = [round(2 * rank) for rank in ranks]
    top = sum(whole)
    ways = [1] + [0] * top
    for rank in whole:
        for at in range(top, rank - 1, -1):
            ways[at] += ways[at - rank]
    outside = sum(count for at, count in enumerate(ways) if abs(at / 2 - top / 4) >= far - _PRECISION)
    return float(outside / 2 ** len(ranks))


def _variance(sums: tuple[float, float, float]) -> float:
    number, total, squares = sums
    return max(0.0, (squares - total * total / number) / (number - 1))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _tail(log_first: float, first: int, last: int, ratio: Callable[[int], float]) -> float:
    """The sum of terms from ``first`` to ``last``, each ``ratio`` times the one before it."""
    term = total = 1.0
    for k in range(first, last):
        term *= ratio(k)
        total += term
        if term < total * _PRECISION:
            break
    return min(1.0, math.exp(min(0.0, log_first + math.log(total))))
