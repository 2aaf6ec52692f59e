"""Two ends, run again as often as it takes to know that they are apart."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from runlore.errors import CannotRebuildError
from runlore.insight.cause.scale import SURE, Ends
from runlore.ops.hybrids.mixture import Mixed
from runlore.ops.hybrids.trials import Trials

A, B = "a", "b"
"""Keys of the two ends; that of a mixture is the set of its differences."""
_MOST = 5
"""Runs of each end after which what cannot be told from noise is called noise."""
_FEWEST = 3


class End(NamedTuple):
    """One of them: what it is called, how it is run again, and what it came to when it was recorded, if it was."""

    name: str
    make: Callable[[], Mixed]
    before: tuple[float, ...]
    message: str


class Measuring:
    """The ends of a search, and what they came to."""

    def __init__(self, trials: Trials, ends: Mapping[str, End]) -> None:
        self._trials = trials
        self._ends = ends

    def apart(self) -> Ends | None:
        """Both ends; ``None`` if they do not come apart.

        Raises:
            CannotRebuildError: one cannot be run again.
            ExhaustedError: the budget is spent before that is known.
        """
        for key, end in self._ends.items():
            self._again(key, 1 if end.before else 2)
        while True:
            ends = self.known()
            if ends.is_exact:
                return ends if ends.apart else None
            fewest = min(map(len, ends))
            if fewest >= _FEWEST and ends.p is not None and ends.p < SURE:
                return ends
            if fewest >= _MOST:
                return None
            for key, end in self._ends.items():
                self._again(key, fewest + 1 - len(end.before))

    def known(self) -> Ends:
        """What is known of them by now."""
        return Ends(*(tuple(_settled(self._ends[key].before, self._trials.values(key) or ())) for key in (A, B)))

    def _again(self, key: str, count: int) -> None:
        """Run an end again, so that it has so many values from here."""
        end = self._ends[key]
        self._trials.need([(key, end.make, end.message)], count)
        if self._trials.values(key) is None:
            trial = next(each for each in self._trials.all if each.key == key)
            hint = f"mlrun reproduce {end.name.removeprefix('run ')} says more" if end.before else None
            raise CannotRebuildError(f"{end.name} cannot be run again: {trial.why}", hint=hint)


def _settled(before: Sequence[float], here: Sequence[float]) -> list[float]:
    """What an end came to: as it is here, where it comes to the very same again and again and did not then."""
    if len(here) > 1 and len(set(here)) == 1 and here[0] not in before:
        return list(here)
    return [*before, *here]
