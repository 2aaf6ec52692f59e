"""The slices that hold more of the error than chance explains, found among all of up to so many conditions.

A slice is chosen if it says more than its conditions cost (the minimum description length), one after the other, each
by what it says of the samples that those before it do not hold: so a condition that only repeats another, or that adds
nothing to one, is not among them.
"""

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from runlore.insight.samples.cells import Box, Candidate, Sums, extended, pairs, singles, uncovered
from runlore.insight.samples.chance import adjusted, binomial_tail, hypergeometric_tail, mean_above_zero, welch
from runlore.insight.samples.duck import Database
from runlore.insight.samples.features import Feature
from runlore.insight.samples.results import Slice, Slices

RATE = 0.05
"""The false discovery rate."""
RIGHT_OR_WRONG, AMOUNTS, FLIPS, CHANGES = "right-or-wrong", "amounts", "flips", "changes"
"""What errors are: 0 or 1; any number; and, between two runs, the change of one or the other. Of a change a slice must
not only be worse than the rest, but have become worse itself."""
FISHER, WELCH, WELCH_MCNEMAR, WELCH_STUDENT = "fisher", "welch", "welch-and-mcnemar", "welch-and-student"
_TESTS = {RIGHT_OR_WRONG: FISHER, AMOUNTS: WELCH, FLIPS: WELCH_MCNEMAR, CHANGES: WELCH_STUDENT}
_LEAST, _LEAST_PART = 20, 500
"""Samples of a slice, and that it may not be smaller than one part of so many."""
_LEAST_EXPLAINS = 0.005
_PROMISING = 3.0
"""Standard errors above the rest from which a slice is tested exactly; the others count as tested, and as nothing."""
_MOST_TESTED, _MOST_CHOSEN_FROM, _MOST_WEIGHED, _MOST_PAIRED = 4_000, 1_500, 60, 30
_BEAM = 25


class Question(NamedTuple):
    """What is searched: the table, its features, what its errors are, and how.

    ``least`` is the fewest samples of a slice, 0 for as many as is sensible; ``most`` how many slices are wanted.
    """

    table: str
    features: tuple[Feature, ...]
    errors: str
    depth: int = 2
    least: int = 0
    most: int = 10


class Tested(NamedTuple):
    """A candidate with its p-value and the false discovery rate that goes with it."""

    candidate: Candidate
    p: float
    q: float


class Searched(NamedTuple):
    """What came of it: the slices, of each its box, how many were looked at, and how small they could be."""

    slices: tuple[Slice, ...]
    boxes: tuple[Box, ...]
    tested: int
    least: int


def search(
    database: Database, question: Question, error_total: float, watch: Callable[[Candidate], None] | None = None
) -> Searched:
    """The slices that are worse, those that explain most of ``error_total`` first; ``watch`` is told of every one."""
    return _Search(database, question, error_total, watch).run()


class _Search:
    def __init__(
        self,
        database: Database,
        question: Question,
        error_total: float,
        watch: Callable[[Candidate], None] | None,
    ) -> None:
        self._database = database
        self._asked = question
        self._error_total = error_total
        self._watch = watch
        total = database.row(
            f"SELECT count(*), coalesce(sum(error), 0), coalesce(sum(error * error), 0) FROM {question.table}"
        )
        self._total: Sums = (total[0], total[1], total[2])
        self._least = question.least or max(_LEAST, math.ceil(total[0] / _LEAST_PART))
        self._tested = 0
        self._known: dict[Box, Sums] = {}
        self._promising: list[tuple[float, int, Candidate]] = []
        self._conditions = sum(len(each.conditions) for each in question.features)

    def run(self) -> Searched:
        """All of it."""
        if self._total[0] >= 2 * self._least and self._asked.features:
            self._look()
        chosen = self._choose([each for each in self._significant() if each.q <= RATE and self._is_needed(each)])
        chosen.sort(key=lambda each: -self._explains(each.candidate.sums))
        boxes = tuple(each.candidate.box for each in chosen)
        return Searched(tuple(map(self._slice, chosen)), boxes, self._tested, self._least)

    def _look(self) -> None:
        """At all slices, deeper ones of those that promise most."""
        asked = self._asked
        ones = list(singles(self._database, asked.table, asked.features))
        self._take(ones)
        if asked.depth > 1:
            among = self._telling(ones)
            few = self._least
            self._take(pairs(self._database, asked.table, asked.features, among, lambda sums: sums[0] >= few))
        if asked.depth > 2:  # noqa: PLR2004 - three conditions
            self._third(among)

    def _telling(self, ones: Sequence[Candidate]) -> list[int]:
        """The features of which pairs are made: where there are very many, those that tell most alone."""
        most: dict[int, float] = {}
        for each in ones:
            at = each.box[0][0]
            most[at] = max(most.get(at, 0.0), abs(self._far(each.sums, self._total)))
        best = sorted(most, key=lambda at: (-most[at], at))[:_MOST_PAIRED]
        return sorted(best)

    def _third(self, among: Sequence[int]) -> None:
        """Third conditions on the most promising pairs. What could have been looked at counts as tested."""
        before = self._tested
        best = [each for _, _, each in heapq.nlargest(_BEAM * 4, self._promising) if len(each.box) > 1][:_BEAM]
        for each in best:
            self._take(extended(self._database, self._asked.table, self._asked.features, each.box, among))
        counts = [len(self._asked.features[at].conditions) for at in among]
        sums = [1.0, 0.0, 0.0, 0.0]
        for count in counts:
            for degree in (3, 2, 1):
                sums[degree] += sums[degree - 1] * count
        self._tested = before + int(sums[3])

    def _take(self, candidates: Iterable[Candidate]) -> None:
        """Count what is large enough, and keep what is worth a test."""
        for each in candidates:
            n = each.sums[0]
            if len(each.box) < self._asked.depth:
                self._known[each.box] = each.sums
            if n < self._least or n > self._total[0] - self._least:
                continue
            self._tested += 1
            if self._watch is not None:
                self._watch(each)
            far = self._far(each.sums, self._total)
            if far < _PROMISING or self._explains(each.sums) < _LEAST_EXPLAINS:
                continue
            entry = (self._gain(far, len(each.box)), self._tested, each)
            if len(self._promising) < _MOST_TESTED:
                heapq.heappush(self._promising, entry)
            else:
                heapq.heappushpop(self._promising, entry)

    def _gain(self, far: float, depth: int) -> float:
        """What a slice says, less what its conditions cost to say, in nats."""
        return far * abs(far) / 2 - depth * math.log(self._conditions)

    def _far(self, sums: Sums, total: Sums) -> float:
        """How many standard errors the slice lies above all, if its samples were drawn from them."""
        n, N = sums[0], total[0]  # noqa: N806 - as in every textbook
        if not 0 < n < N:
            return 0.0
        spread = total[2] / N - (total[1] / N) ** 2
        error = math.sqrt(max(0.0, spread) / n * (N - n) / (N - 1))
        return (sums[1] / n - total[1] / N) / error if error > 0 else 0.0

    def _explains(self, sums: Sums) -> float:
        """The part of all error by which the slice exceeds what it would have if it were as the rest is.

        Of changes: the part of all that got worse; that others got better is not held against it.
        """
        if self._error_total <= 0:
            return 0.0
        rest = (self._total[1] - sums[1]) / (self._total[0] - sums[0])
        if self._asked.errors in {FLIPS, CHANGES}:
            rest = max(0.0, rest)
        return (sums[1] - sums[0] * rest) / self._error_total

    def _chance(self, sums: Sums, total: Sums) -> float:
        """The p-value of a slice among ``total``."""
        rest = (total[0] - sums[0], total[1] - sums[1], total[2] - sums[2])
        if self._asked.errors == RIGHT_OR_WRONG:
            return hypergeometric_tail(round(sums[1]), round(sums[0]), round(total[1]), round(total[0]))
        p = welch(sums, rest)
        if self._asked.errors == FLIPS:  # by 1, 0 or -1: the sum of squares is how many flipped
            p = max(p, binomial_tail(round((sums[2] + sums[1]) / 2), round(sums[2])))
        elif self._asked.errors == CHANGES:
            p = max(p, mean_above_zero(sums))
        return p

    def _significant(self) -> list[Tested]:
        """Those worth a test, with what came of it, those that say most first."""
        best = [each for _, _, each in sorted(self._promising, key=lambda entry: (-entry[0], entry[2].box))]
        values = [self._chance(each.sums, self._total) for each in best]
        rates = adjusted(values, self._tested)
        return [Tested(*each) for each in zip(best, values, rates, strict=True)]

    def _is_needed(self, tested: Tested) -> bool:
        """Whether each condition adds something: the slice is worse than what else there is without that condition.

        As many conditions could have been tried, so many times likelier is it that one does so by chance.
        """
        box = tested.candidate.box
        for at in range(len(box) if len(box) > 1 else 0):
            wider = self._known.get((*box[:at], *box[at + 1 :]))
            if wider is not None and self._chance(tested.candidate.sums, wider) * self._conditions > RATE:
                return False
        return True

    def _choose(self, significant: list[Tested]) -> list[Tested]:
        """One after the other, each the one that says most of the samples that none of those before it holds.

        That is never more than it says of all samples, but for chance: so only those are weighed anew that could win.
        """
        queue = deque(significant[:_MOST_CHOSEN_FROM])
        bar = max((each.p for each in queue), default=0.0)
        chosen: list[Tested] = []
        pool: list[Tested] = []
        while len(chosen) < self._asked.most:
            weighed = self._weigh(pool, chosen, bar)
            while queue and (not weighed or self._first_gain(queue[0]) > max(map(itemgetter(0), weighed))):
                some: list[Tested] = []
                while queue and len(some) < _MOST_WEIGHED:
                    if not self._is_inside(each := queue.popleft(), chosen):
                        some.append(each)
                weighed += self._weigh(some, chosen, bar)
            if not weighed:
                break
            best = max(weighed, key=itemgetter(0))[1]  # of equal ones the first
            chosen.append(best)
            pool = [each for _, each in weighed if not self._is_inside(each, chosen)]
        return chosen

    def _first_gain(self, tested: Tested) -> float:
        return self._gain(self._far(tested.candidate.sums, self._total), len(tested.candidate.box))

    def _weigh(self, waiting: Sequence[Tested], chosen: Sequence[Tested], bar: float) -> list[tuple[float, Tested]]:
        """What each says of the samples that no chosen one holds; those that say nothing more are dropped."""
        if not waiting:
            return []
        boxes = [each.candidate.box for each in waiting]
        total, parts = self._total, [each.candidate.sums for each in waiting]
        if chosen:
            covered = [each.candidate.box for each in chosen]
            total, parts = uncovered(self._database, self._asked.table, self._asked.features, boxes, covered)
        weighed = []
        for each, sums in zip(waiting, parts, strict=True):
            gain = self._gain(self._far(sums, total), len(each.candidate.box))
            if gain > 0 and sums[0] >= self._least and self._chance(sums, total) <= bar:
                weighed.append((gain, each))
        return weighed

    def _is_inside(self, tested: Tested, chosen: Sequence[Tested]) -> bool:
        """Whether all its samples are in one of the chosen, as its conditions say."""
        return any(self._implies(tested.candidate.box, each.candidate.box) for each in chosen)

    def _implies(self, box: Box, other: Box) -> bool:
        features = self._asked.features
        codes = {at: features[at].conditions[n][1] for at, n in box}
        return all(at in codes and codes[at] <= features[at].conditions[n][1] for at, n in other)

    def _slice(self, tested: Tested) -> Slice:
        sums, total = tested.candidate.sums, self._total
        rest = (total[0] - sums[0], total[1] - sums[1], total[2] - sums[2])
        return Slice(
            conditions=tuple(self._asked.features[at].conditions[n][0] for at, n in tested.candidate.box),
            rows=round(sums[0]),
            error=sums[1] / sums[0],
            rest=rest[1] / rest[0],
            effect=_risk_ratio(sums, rest) if self._asked.errors == RIGHT_OR_WRONG else _cohens_d(sums, rest),
            explains=self._explains(sums),
            p=tested.p,
            q=tested.q,
        )


def _risk_ratio(a: Sums, b: Sums) -> float:
    return (a[1] / a[0]) / (b[1] / b[0]) if b[1] > 0 else math.inf


def _cohens_d(a: Sums, b: Sums) -> float:
    """The difference of the means in pooled standard deviations (J. Cohen, Statistical Power Analysis, 1988, 2.5)."""
    squares = sum(each[2] - each[1] ** 2 / each[0] for each in (a, b))
    spread = math.sqrt(max(0.0, squares) / max(1.0, a[0] + b[0] - 2))
    far = a[1] / a[0] - b[1] / b[0]
    return far / spread if spread > 0 else math.inf


def as_slices(found: Searched, question: Question, left_out: tuple[str, ...]) -> Slices:
    """With what was searched, and how."""
    effect = "risk-ratio" if question.errors == RIGHT_OR_WRONG else "cohens-d"
    columns = tuple(each.column for each in question.features)
    test = _TESTS[question.errors]
    return Slices(found.slices, found.tested, found.least, question.depth, test, effect, columns, left_out)
