"""The differences that made the change, out of many: as few measurements as they allow.

Single causes are found by halving, several by following every half that has a share, those that only act together by
delta debugging (A. Zeller and R. Hildebrandt, Simplifying and isolating failure-inducing input, IEEE TSE 28(2), 2002).
What comes out is put to the test, where there is noise by measurements that had no part in choosing it: nothing of it
can be left out, it must suffice alone, and without it the change must be gone.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

Set = frozenset[int]
Shares = Callable[[Set], float | None]
"""The share of the change that these differences make alone; ``None`` where they cannot be run without others."""
_FEW = 5
"""Groups of which every combination is measured, if it comes to that."""


class Cause(NamedTuple):
    """Differences that made ``share`` of the change, together if they are several.

    ``suffices``: they alone make it, and all causes together make the whole change. ``needed``: without all causes it
    is gone. ``None`` where that cannot be measured.
    """

    items: tuple[int, ...]
    share: float
    suffices: bool | None
    needed: bool | None


class Search:
    """A search over differences in groups (code, parameters, packages, data, machine)."""

    def __init__(
        self, groups: Sequence[Sequence[int]], shares: Shares, tolerance: float, again: Shares | None = None
    ) -> None:
        """``shares`` is asked for the same set as often as it pleases: it remembers; so does ``again``.

        ``again`` measures anew, for the test of what was found; where there is no noise it need not.
        """
        self._groups = [tuple(group) for group in groups if group]
        self._all = frozenset(itertools.chain.from_iterable(self._groups))
        self._shares = shares
        self._near = tolerance
        self._again = again or shares

    def run(self) -> list[Cause]:
        """The causes, that of the largest share first; none where no set of differences makes the change.

        Whatever ``shares`` raises ends it.
        """
        guilty, together = self._guilty_groups()
        if together:
            items = tuple(itertools.chain.from_iterable(guilty))
            causes = [self._made(self._minimal(items))]
        else:
            causes = [cause for group in guilty for cause in self._within(group)]
        return sorted(self._checked(causes), key=lambda cause: -abs(cause.share))

    def effects(self) -> dict[int, float]:
        """The Shapley value of each group, by its place, as far as every combination of the groups was measured.

        L. S. Shapley, A value for n-person games, 1953: the mean of what a group adds, over all orders.
        """
        count = len(self._groups)
        found: dict[int, float] = {}
        for each in range(count):
            others = [place for place in range(count) if place != each]
            value = 0.0
            for size in range(count):
                weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
                for some in itertools.combinations(others, size):
                    without, with_it = self._share(self._of(some)), self._share(self._of((*some, each)))
                    if without is None or with_it is None:
                        return {}
                    value += weight * (with_it - without)
            found[each] = value
        return found

    def _of(self, places: Sequence[int]) -> Set:
        return frozenset(itertools.chain.from_iterable(self._groups[place] for place in places))

    def _share(self, items: Set) -> float | None:
        if not items or items == self._all:
            return float(bool(items))
        return self._shares(items)

    def _is(self, share: float | None, wanted: float) -> bool:
        return share is not None and abs(share - wanted) <= self._near

    def _guilty_groups(self) -> tuple[list[tuple[int, ...]], bool]:
        """The groups that have a share, and whether they have it only together."""
        if len(self._groups) == 1:
            return self._groups, False
        alone = [self._share(frozenset(group)) for group in self._groups]
        known = [share for share in alone if share is not None]
        if len(known) == len(alone) and self._is(sum(known), 1.0):
            return [group for group, share in zip(self._groups, known, strict=True) if not self._is(share, 0.0)], False
        for size in range(1, len(self._groups)) if len(self._groups) <= _FEW else ():
            for some in itertools.combinations(range(len(self._groups)), size):
                if self._is(self._share(self._of(some)), 1.0):
                    return [self._groups[place] for place in some], size > 1
        return self._groups, True

    def _within(self, items: tuple[int, ...]) -> Iterator[Cause]:
        """The causes among items that have a share alone."""
        whole = self._share(frozenset(items))
        if whole is None:
            yield self._made(self._minimal(items))
            return
        found = list(self._halved(items, whole))
        if self._is(sum(cause.share for cause in found), whole):
            yield from found
        else:
            yield self._made(self._minimal(items))

    def _halved(self, items: tuple[int, ...], whole: float) -> Iterator[Cause]:
        """Follow the halves that have a share. Of a single cause one half says what the other has."""
        if len(items) == 1:
            yield Cause(items, self._share(frozenset(items)) or 0.0, None, None)
            return
        left, right = items[: len(items) // 2], items[len(items) // 2 :]
        mine = self._share(frozenset(left))
        theirs = whole - mine if self._is(mine, 0.0) or self._is(mine, whole) else self._share(frozenset(right))  # type: ignore[operator]  # a share that is near another is one
        if mine is None or theirs is None or not self._is(mine + theirs, whole):
            yield self._made(self._minimal(items))
            return
        for half, share in ((left, mine), (right, theirs)):
            if not self._is(share, 0.0):
                yield from self._halved(half, share)

    def _made(self, items: tuple[int, ...]) -> Cause:
        return Cause(items, self._share(frozenset(items)) or 0.0, None, None)

    def _minimal(self, items: tuple[int, ...]) -> tuple[int, ...]:
        """Differences that make what all of these make, and of which none can be left out: ddmin."""
        whole = self._share(frozenset(items))
        wanted = 1.0 if whole is None else whole
        parts = 2
        while len(items) > 1:
            cut = [items[len(items) * at // parts : len(items) * (at + 1) // parts] for at in range(parts)]
            less = next((part for part in cut if self._does(part, wanted)), None)
            if less is not None:
                items, parts = less, 2
                continue
            rests = (tuple(each for each in items if each not in part) for part in cut) if parts > 2 else ()  # noqa: PLR2004 - of two parts each is the other's rest
            less = next((rest for rest in rests if self._does(rest, wanted)), None)
            if less is not None:
                items, parts = less, max(parts - 1, 2)
            elif parts >= len(items):
                break
            else:
                parts = min(len(items), 2 * parts)
        return items

    def _does(self, items: tuple[int, ...], wanted: float) -> bool:
        return self._is(self._share(frozenset(items)), wanted)

    def _checked(self, causes: Sequence[Cause]) -> Iterator[Cause]:
        """With what each does alone, and what is left without them, by new measurements."""
        tested = [self._tested(cause) for cause in causes]
        every = frozenset(itertools.chain.from_iterable(cause.items for cause in tested))
        if not every:
            return
        together = self._anew(every)
        gone = self._anew(self._all - every)
        for cause in tested:
            whole = together if len(tested) > 1 else cause.share if cause.suffices is not None else None
            suffices = None if cause.suffices is None or whole is None else cause.suffices and self._is(whole, 1.0)
            yield cause._replace(suffices=suffices, needed=None if gone is None else self._is(gone, 0.0))

    def _tested(self, cause: Cause) -> Cause:
        """Without what can be left out after all, and whether it does anything alone."""
        items = cause.items
        alone = self._anew(frozenset(items))
        for each in items if len(items) > 1 and alone is not None else ():
            rest = tuple(other for other in items if other != each)
            if rest and alone is not None and self._is(less := self._anew(frozenset(rest)), alone):
                items, alone = rest, less
        share = cause.share if alone is None else alone
        return Cause(items, share, None if alone is None else not self._is(alone, 0.0), None)

    def _anew(self, items: Set) -> float | None:
        return self._again(items) if items else 0.0
