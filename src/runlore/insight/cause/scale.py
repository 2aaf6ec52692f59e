"""How far a measured value is on the way from one end to the other, and what that says of what was swapped."""

import math
import statistics
from collections.abc import Collection, Sequence
from typing import NamedTuple

from runlore.insight.spread import compare_groups

LOOKS = (3, 4, 5)
"""Runs of each end after which it is looked whether they are apart."""
SURE = 0.0041
"""What is asked of each of these looks, so that noise is taken for a difference in less than one case of a hundred.

S. J. Pocock, Group sequential methods in the design and analysis of clinical trials, Biometrika 64(2), 1977, table 1.
"""
_EXACT, _NOISY = 0.1, 0.25
"""Shares that differ by less are the same."""
_ODDS = math.log(1000)
"""How much likelier than the other one end has to be, before a mean counts as being there: Wald's ratio test.

A. Wald, Sequential tests of statistical hypotheses, Annals of Mathematical Statistics 16(2), 1945.
"""
_FEWEST_REPEATS, _MOST_REPEATS = 2, 16
_ERRORS = 2.5
"""Standard errors from an end within which a mean is as good as there."""
_SMALL, _UNSEEN = 0.02, 0.125
"""Parts of the way: a spread below which one run of a kind is enough, and what is reckoned with where none was seen."""
_CAUTION = 1.2816
"""Nine of ten normal numbers are above its negative: so sure it is that the spread is not larger than is reckoned."""


class Ends(NamedTuple):
    """What was measured of the two ends, in each its own runs."""

    a: tuple[float, ...]
    b: tuple[float, ...]

    @property
    def apart(self) -> float:
        """How far the second is from the first."""
        return statistics.fmean(self.b) - statistics.fmean(self.a)

    @property
    def spread(self) -> float:
        """The standard deviation of one run, from both ends."""
        return pooled(self)[0]

    @property
    def is_exact(self) -> bool:
        """Whether each end came to the very same whenever it was run."""
        return all(len(set(group)) == 1 and len(group) > 1 for group in self)

    @property
    def p(self) -> float | None:
        """How likely ends so far apart are by chance alone; ``None`` where the spread is not known."""
        if self.is_exact:
            return float(self.apart == 0)
        tested = compare_groups(self.a, self.b)
        return None if tested is None else tested.p


class Scale(NamedTuple):
    """From 0, where the one end is, to 1, where the other is; ``spread`` is of one run, rather too large."""

    start: float
    apart: float
    spread: float
    runs: tuple[int, int]
    """How many of each end were measured."""

    @classmethod
    def of(cls, ends: Ends, others: Collection[Sequence[float]] = (), *, is_exact: bool | None = None) -> "Scale":
        """The scale between two ends that are not one; ``others`` are groups of runs that show the spread too.

        ``is_exact`` says whether runs repeat, if more is known of that than the ends show.
        """
        runs = (len(ends.a), len(ends.b))
        if ends.is_exact if is_exact is None else is_exact:
            return cls(statistics.fmean(ends.a), ends.apart, 0.0, runs)
        spread, freedom = pooled((*ends, *others))
        least = _UNSEEN * abs(ends.apart) if ends.is_exact else 0.0
        return cls(statistics.fmean(ends.a), ends.apart, max(least, spread * _larger(freedom)), runs)

    def share(self, values: Sequence[float]) -> float:
        """How much of the way these runs of one kind have gone."""
        return (statistics.fmean(values) - self.start) / self.apart

    @property
    def tolerance(self) -> float:
        """Shares that differ by less are the same."""
        return _NOISY if self.spread else _EXACT

    def is_told(self, values: Sequence[float]) -> bool:
        """Whether it can be told at which end these runs are, or has been tried for long enough."""
        if not self.spread or len(values) >= _MOST_REPEATS:
            return bool(values)
        if len(values) < _FEWEST_REPEATS and self.spread > _SMALL * abs(self.apart):
            return False
        return bool(values) and len(values) * abs(self.share(values) - 0.5) >= _ODDS * (self.spread / self.apart) ** 2

    def placed(self, values: Sequence[float]) -> float:
        """The share; 0 or 1 where chance explains that it is not."""
        share = self.share(values)
        near = float(share > 0.5)  # noqa: PLR2004 - the middle
        error = abs(self.spread / self.apart) * math.sqrt(1 / len(values) + 1 / self.runs[int(near)])
        return near if self.spread and abs(share - near) <= _ERRORS * error else share


def pooled(groups: Collection[Sequence[float]]) -> tuple[float, int]:
    """The standard deviation within groups, and its degrees of freedom."""
    freedom = sum(len(group) - 1 for group in groups if group)
    squares = sum((x - statistics.fmean(group)) ** 2 for group in groups for x in group)
    return (math.sqrt(squares / freedom), freedom) if freedom > 0 else (0.0, 0)


def _larger(freedom: int) -> float:
    """By how much a spread may be larger than what was seen of it: the chi-squared quantile of Wilson and Hilferty."""
    if freedom <= 0:
        return 1.0
    part = 2 / (9 * freedom)
    return float(max(0.1, 1 - part - _CAUTION * math.sqrt(part)) ** -1.5)
