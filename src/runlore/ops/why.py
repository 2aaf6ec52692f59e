"""`why`: which of the differences between two runs made a metric change, found by running mixtures of them."""

from collections.abc import Iterator, Sequence

from runlore.errors import CannotRebuildError
from runlore.insight.cause.scale import LOOKS
from runlore.insight.cause.search import Cause, Search, Shares
from runlore.ops.counted import Progress
from runlore.ops.difference.siblings import SEEDS, noise, siblings
from runlore.ops.hybrids.difference import PARTS, LeftOut
from runlore.ops.hybrids.ends import check_end, check_trust, end_named, metric_of, numbers, recorded
from runlore.ops.hybrids.memory import Memory
from runlore.ops.hybrids.mixture import Mixed, Mixture, as_it_was
from runlore.ops.hybrids.results import (
    ELSEWHERE,
    FOUND,
    NOISE,
    OPEN,
    PLAN,
    SAME,
    Culprit,
    Measured,
    PartShare,
    Why,
    WhyRequest,
)
from runlore.ops.hybrids.running import Runner
from runlore.ops.hybrids.sentences import cost, is_of_seed, labels_of, sentence, short
from runlore.ops.hybrids.trials import ExhaustedError, Trials
from runlore.ops.hybrids.weighing import A, B, Weighing
from runlore.ops.indexing import refresh
from runlore.ops.parts import Parts, read_parts
from runlore.ops.project import open_store
from runlore.store.store import Store

_FEWEST = 3
"""Runs of each end, there already, that are enough to say that it is noise."""


def why(request: WhyRequest, progress: Progress) -> Why:
    """Run mixtures of two runs until it is known which difference made the metric change.

    Raises:
        NoStoreError, RunNotFoundError, CorruptError: there is no such run, or its records are damaged.
        UsageError: the metric is not one of both runs, or none is named and they have several.
        RefusedError: others made one of the runs, and nobody allowed it.
        CannotRebuildError: an end itself cannot be run again.
    """
    with open_store(request.folder) as store:
        refresh(store, progress)
        a, b = (read_parts(store, end_named(store, name)) for name in (request.a, request.b))
        for parts in (a, b):
            check_trust(store, parts, request, "why")
        doubts = [
            each
            for name, parts in ((request.a, a), (request.b, b))
            for each in check_end(store, name, parts, request, progress)
        ]
        metric = metric_of(a, b, request.metric)
        inquiry = _Inquiry(store, a, b, metric, request, progress)
        inquiry.doubt(doubts)
        return inquiry.run()


class _Inquiry:
    """The search for what made one metric another in two runs."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that there is
        self, store: Store, a: Parts, b: Parts, metric: str, request: WhyRequest, progress: Progress
    ) -> None:
        self._store = store
        self._a, self._b = a, b
        self._metric = metric
        self._request = request
        self._mixture = Mixture(store, a, b)
        runner = Runner(store, (a, b), request.environ, timeout=request.timeout, progress=progress)
        memory = Memory(store, (a.run, b.run), metric)
        self._trials = Trials(memory, runner, request.budget, request.jobs, progress)
        ends = {A: recorded(a, metric), B: recorded(b, metric)}
        self._weighing = Weighing(self._trials, ends, self._make, self._call)
        self._groups = self._mixture.groups()
        self._every = frozenset(item for group in self._groups for item in group)

    def doubt(self, found: Sequence[LeftOut]) -> None:
        """What is not as it was, and cannot be swapped."""
        self._mixture.left_out += found

    def run(self) -> Why:
        if self._a.run == self._b.run or numbers(self._a)[self._metric] == numbers(self._b)[self._metric]:
            return self._said(SAME, f"{self._metric} is the same in both runs")
        if self._request.dry_run:
            return self._said(PLAN, "nothing was run")
        beside = self._by_siblings()
        if beside is not None:
            return beside
        try:
            return self._search()
        except ExhaustedError:
            words = f"the budget of {self._request.budget.said} is spent, and it is not known yet"
            return self._said(OPEN, f"{words}{self._narrowed()}")

    def _narrowed(self) -> str:
        """The fewest differences that made the change so far."""
        scale = self._weighing.scale
        if scale is None:
            return ": not even whether the two runs are apart by more than noise"
        makes = [
            each.key
            for each in self._trials.all
            if isinstance(each.key, frozenset) and each.values and scale.is_told(each.values)
            if abs(scale.placed(each.values) - 1) <= scale.tolerance
        ]
        fewest = min(makes, key=len, default=self._every)
        if len(fewest) == len(self._every):
            return ""
        names = short(labels_of(self._mixture, sorted(fewest)))
        return f"; {len(fewest)} of the {len(self._every)} differences make it: {names}"

    def _by_siblings(self) -> Why | None:
        """Whether runs that are there already say that it is noise."""
        found = siblings(self._store, self._a, self._b)
        tested = None if found is None else noise(found, self._metric)
        # Repeats of the very same may be what an earlier search began with: then it goes on.
        fewest = _FEWEST if tested is not None and tested.kind == SEEDS else LOOKS[-1] + 1
        if tested is None or tested.stands_out or min(tested.n.a, tested.n.b) < fewest:
            return None
        but = " but for the seed" if tested.kind == SEEDS else ""
        words = f"{tested.n.a} and {tested.n.b} runs alike{but} are no nearer to each other"
        return self._said(NOISE, f"within noise: {words} (p = {tested.p:.2g})", p=tested.p)

    def _search(self) -> Why:
        apart = self._weighing.are_apart()
        self._check_ends()
        if not apart:
            return self._not_apart()
        self._note_moved()
        if not self._groups:
            return self._said(ELSEWHERE, "nothing that is on record differs and could be swapped")
        weighing, near = self._weighing, self._near
        whole = weighing.share(self._every)
        if whole is None or abs(whole - 1) > near:
            return self._not_whole(whole)
        search = Search(self._groups, weighing.share, near, weighing.again)
        causes = [finer for cause in search.run() for finer in self._finer(cause)]
        return self._concluded(causes)

    def _not_apart(self) -> Why:
        """Noise; or something else that came to the same on both sides, again and again."""
        ends = self._weighing.ends
        if not ends.is_exact or not self._weighing.is_exact:
            count = min(len(self._trials.came(key)) for key in (A, B))
            return self._said(NOISE, f"within noise: run {count} times each, the two runs do not come apart")
        was = {key: numbers(parts)[self._metric] for key, parts in ((A, self._a), (B, self._b))}
        now = ends.a[0]
        other = " and ".join(f"run {key}, which came to {was[key]:.6g}," for key in (A, B) if was[key] != now)
        words = f"run again, both come to {now:.6g}, also {other}"
        return self._said(ELSEWHERE, f"{words.rstrip(',')}: what made the change is not among what is on record")

    def _note_moved(self) -> None:
        """Say where an end always comes to something else than it did when it was recorded."""
        for key, parts, values in ((A, self._a, self._weighing.ends.a), (B, self._b, self._weighing.ends.b)):
            was = numbers(parts)[self._metric]
            if self._weighing.is_exact and was != values[0]:
                words = f"came to {was:.6g} when it was recorded, and comes to {values[0]:.6g} here"
                self._mixture.left_out.append(LeftOut(f"run {key}", words, can_matter=True))

    @property
    def _near(self) -> float:
        scale = self._weighing.scale
        return scale.tolerance if scale is not None else 0.0

    def _not_whole(self, whole: float | None) -> Why:
        if whole is None:
            trial = self._trials.trial(self._every)
            return self._said(
                ELSEWHERE, f"all that could be swapped cannot be run together: {trial.why if trial else ''}"
            )
        words = f"all that could be swapped makes {whole:.0%} of the change"
        if not self._weighing.is_exact and whole:
            return self._said(OPEN, f"{words}, as far as can be told beside the noise")
        return self._said(ELSEWHERE, f"{words}: what made the change is not among it")

    def _concluded(self, causes: Sequence[Cause]) -> Why:
        labels = [labels_of(self._mixture, cause.items) for cause in causes]
        seeds = [cause for cause in causes if any(is_of_seed(self._mixture.differences[item]) for item in cause.items)]
        if seeds and 2 * sum(abs(each.share) for each in seeds) >= sum(abs(each.share) for each in causes):
            only = "only" if len(seeds) == len(causes) else "more than anything else"
            name = labels_of(self._mixture, seeds[0].items)[0]
            return self._said(NOISE, f"within noise: {only} the seed made it, {name}", causes)
        doubtful = [cause for cause in causes if not cause.suffices]
        if not causes or doubtful:
            return self._said(OPEN, "no difference could be singled out that makes the change alone", causes)
        rest = "; a seed among it is noise, and other seeds may give the rest another share" if seeds else ""
        return self._said(FOUND, sentence(self._metric, causes, labels) + rest, causes)

    def _check_ends(self) -> None:
        """Raises `CannotRebuildError` where an end cannot be run again."""
        for key, name in ((A, self._request.a), (B, self._request.b)):
            if (trial := self._trials.trial(key)) is not None and trial.why:
                raise CannotRebuildError(
                    f"run {name} cannot be run again as it was: {trial.why}", hint=f"mlrun reproduce {name} says more"
                )

    def _make(self, key: str | frozenset[int]) -> Mixed:
        if not isinstance(key, str):
            return self._mixture.mixed(key)
        return as_it_was(self._store, self._a if key == A else self._b)

    def _call(self, key: str | frozenset[int]) -> str:
        """What a run says of itself."""
        what = f"{key} again" if isinstance(key, str) else short(labels_of(self._mixture, sorted(key)))
        return f"why {self._a.run[:8]} {self._b.run[:8]}: {what}"

    def _finer(self, cause: Cause) -> Iterator[Cause]:
        """Of a file of data that is to blame, the lines."""
        finer = self._mixture.differences[cause.items[0]].finer
        if len(cause.items) > 1 or len(finer) < 2 or not cause.share:  # noqa: PLR2004 - one line is no choice
            yield cause
            return
        whole = cause.share

        def part(measure: Shares) -> Shares:
            return lambda items: None if (share := measure(items)) is None else share / whole

        weighing = self._weighing
        for each in Search([finer], part(weighing.share), self._near, part(weighing.again)).run():
            yield each._replace(share=each.share * whole, needed=cause.needed if each.needed else each.needed)

    def _said(self, verdict: str, sentence: str, causes: Sequence[Cause] = (), *, p: float | None = None) -> Why:
        mixture = self._mixture
        ends = self._weighing.ends
        return Why(
            a=self._a.run,
            b=self._b.run,
            metric=self._metric,
            verdict=verdict,
            sentence=sentence,
            values={"a": ends.a, "b": ends.b},
            spread=ends.spread,
            p=ends.p if p is None else p,
            causes=tuple(self._culprit(cause) for cause in causes),
            parts=tuple(self._shares()),
            trials=tuple(self._measured()),
            differences=tuple(mixture.differences),
            left_out=tuple(mixture.left_out),
            runs=self._trials.made,
            needed=cost(self._groups),
        )

    def _culprit(self, cause: Cause) -> Culprit:
        found = [self._mixture.differences[item] for item in cause.items]
        lines = tuple(line for each in found for line in each.lines)
        return Culprit(
            tuple(dict.fromkeys(each.part for each in found)),
            tuple(each.label for each in found),
            cause.share,
            cause.suffices,
            cause.needed,
            lines,
        )

    def _shares(self) -> Iterator[PartShare]:
        """What each part makes alone, as far as it was measured."""
        scale = self._weighing.scale
        for part in PARTS:
            items = frozenset(item for item in self._every if self._mixture.differences[item].part == part)
            if items:
                values = self._trials.values(items)
                share = scale.share(values) if scale and values else None
                yield PartShare(part, len(items), share)

    def _measured(self) -> Iterator[Measured]:
        scale = self._weighing.scale
        for each in self._trials.all:
            names = [str(each.key)] if isinstance(each.key, str) else labels_of(self._mixture, sorted(each.key))  # type: ignore[call-overload]  # else it is a set of places
            share = scale.share(each.values) if scale and each.values else None
            yield Measured(tuple(names), each.values, share, each.runs, each.why or None)
