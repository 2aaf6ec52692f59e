"""How far a measured value is on the way from one end to the other, and what that says of what was swapped."""

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from runlore.insight.spread import compare_groups

SURE = 0.01
"""Chance of taking noise for a difference between the ends: an experiment that follows from it costs hours."""
_EXACT, _NOISY = 0.1, 0.35
"""Shares of the way up to which a value is as good as at an end; with noise by two standard errors less than half."""
_ERRORS = 6.0
"""Standard errors of a mean that should fit between the ends, so that it can be told which of them it is at."""
_MOST_REPEATS = 16


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
        freedom = len(self.a) + len(self.b) - 2
        squares = sum((x - statistics.fmean(group)) ** 2 for group in self for x in group)
        return math.sqrt(squares / freedom) if freedom > 0 else 0.0

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
    """From 0, where the one end is, to 1, where the other is."""

    start: float
    apart: float
    spread: float

    @classmethod
    def of(cls, ends: Ends) -> "Scale":
        """The scale between two ends that are not one."""
        return cls(statistics.fmean(ends.a), ends.apart, 0.0 if ends.is_exact else ends.spread)

    def share(self, values: Sequence[float]) -> float:
        """How much of the way these runs of one kind have gone."""
        return (statistics.fmean(values) - self.start) / self.apart

    @property
    def tolerance(self) -> float:
        """Shares that differ by less are the same."""
        return _NOISY if self.spread else _EXACT

    @property
    def repeats(self) -> int:
        """Runs of one kind after which their mean tells at which end it is."""
        return min(_MOST_REPEATS, max(1, math.ceil((_ERRORS * self.spread / self.apart) ** 2)))
