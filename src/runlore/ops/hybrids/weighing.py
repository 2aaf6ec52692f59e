"""Ends and mixtures, each run as often as it takes to tell where between the ends a mixture is.

What is decided rests on the first runs of a kind alone, one after the other, so that a search that is taken up again
decides the same from what it remembers, and runs nothing twice.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from runlore.insight.cause.scale import LOOKS, SURE, Ends, Scale
from runlore.ops.hybrids.memory import Came
from runlore.ops.hybrids.mixture import Mixed

A, B = "a", "b"
"""Keys of the two ends; that of a mixture is the set of its differences."""
Set = frozenset[int]
_ALIKE = 3
"""New runs of each end that have to come to the same where they use random numbers: two do so by chance."""


class Runs(Protocol):
    """Where values come from: `trials.Trials`."""

    def need(self, wanted: Sequence[tuple[object, Callable[[], Mixed], str]], count: int) -> None:
        """See that each of these, given by a key, how to make it and what to call it, has so many values, if it can."""

    def values(self, key: object) -> tuple[float, ...] | None:
        """What it came to, in the order in which it was run; ``None`` if it cannot be run."""

    def came(self, key: object) -> tuple[Came, ...]:
        """The runs that came to these values."""


class Weighing:
    """Both ends, and shares of the way between them."""

    def __init__(
        self,
        runs: Runs,
        recorded: Mapping[str, Came],
        make: Callable[[str | Set], Mixed],
        call: Callable[[str | Set], str],
    ) -> None:
        """``recorded`` are the ends by key, as they once were; ``call`` says what a run says of itself."""
        self._runs = runs
        self._recorded = recorded
        self._make = make
        self._call = call
        self._used: dict[str | Set, int] = {}
        self._shares: dict[Set, float | None] = {}
        self._tests: dict[Set, float | None] = {}
        self._ends: Ends | None = None
        self._is_exact = False

    @property
    def ends(self) -> Ends:
        """What is known of the ends."""
        return self._ends or Ends(*(self._settled(key, len(self._runs.values(key) or ())) for key in (A, B)))

    @property
    def scale(self) -> Scale | None:
        """From the one end to the other, once they are known to be apart."""
        if self._ends is None or not self._ends.apart:
            return None
        others = [self._first(key) for key in self._used]
        return Scale.of(self._ends, others, is_exact=self._is_exact)

    @property
    def is_exact(self) -> bool:
        """Whether runs repeat exactly, so that one of a kind is enough."""
        return self._is_exact

    def are_apart(self) -> bool:
        """Whether the ends differ by more than chance; they are run as often as it takes to know.

        What is on record of them was chosen because it differs: it counts only where runs repeat exactly.
        """
        for count in range(1, LOOKS[-1] + 1):
            self._need((A, B), count)
            if any(len(self._runs.values(key) or ()) < count for key in (A, B)):
                return False  # one cannot be run; who asked looks
            ends = Ends(*(self._settled(key, count) for key in (A, B)))
            if ends.is_exact and (count >= _ALIKE or not self._is_random(count)):
                self._ends, self._is_exact = ends, not self._is_random(count)
                return bool(ends.apart)
            anew = Ends(*(self._values(key, count) for key in (A, B)))
            if count in LOOKS and anew.p is not None and anew.p < SURE:
                self._ends = anew
                return True
        return False

    def share(self, items: Set) -> float | None:
        """The share of the change that these differences make; ``None`` where they cannot be run."""
        if items not in self._shares:
            self._shares[items] = self._weigh(items, 0) if items else 0.0
        return self._shares[items]

    def again(self, items: Set) -> float | None:
        """The same by runs that had no part in the search; by the very same where runs repeat exactly."""
        if self._is_exact or not items:
            return self.share(items)
        if items not in self._tests:
            self._tests[items] = self._weigh(items, self._used.get(items, 0))
        return self._tests[items]

    def _weigh(self, items: Set, start: int) -> float | None:
        """The share, by as many runs as it takes to tell; those before ``start`` do not count."""
        count = 1
        while True:
            self._need((items,), start + count)
            values = (self._runs.values(items) or ())[start : start + count]
            scale = self.scale
            assert scale is not None  # noqa: S101 - for the type checker: the ends come first
            if not values:
                return None
            if len(values) < count or scale.is_told(values):
                break
            count += 1
        if not start:
            self._used[items] = len(values)
        return scale.placed(values)

    def _need(self, keys: Sequence[str | Set], count: int) -> None:
        wanted = [(key, lambda key=key: self._make(key), self._call(key)) for key in keys]
        self._runs.need(wanted, count)

    def _first(self, key: str | Set) -> tuple[float, ...]:
        return self._values(key, self._used[key])

    def _values(self, key: str | Set, count: int) -> tuple[float, ...]:
        return (self._runs.values(key) or ())[:count]

    def _settled(self, key: str, count: int) -> tuple[float, ...]:
        """What an end came to: as it is here, where it comes to the very same again and again and did not then."""
        here = self._values(key, count)
        before = self._recorded[key].value
        if before is None or (len(here) > 1 and len(set(here)) == 1 and here[0] != before):
            return here
        return (before, *here)

    def _is_random(self, count: int) -> bool:
        """Whether what came to the same may yet have come to something else."""
        for key in (A, B):
            runs = [self._recorded[key], *self._runs.came(key)[:count]]
            if any(each.is_random for each in runs) or len({each.told for each in runs[-count:]}) > 1:
                return True
        return False
