"""`bisect`: the first commit, or the first recorded run, from which on a metric is as in the second of two runs."""

import os
from collections.abc import Iterator, Mapping, Sequence

from runlore.capture.committed import Commit, commits_between, keep_commit
from runlore.capture.git import GitUnusableError
from runlore.errors import CacheDamagedError, CannotRebuildError, CorruptError, UsageError
from runlore.insight.cause.halving import first_bad
from runlore.ops.counted import Progress
from runlore.ops.hybrids.ends import check_end, check_trust, end_named, metric_of, numbers, recorded
from runlore.ops.hybrids.memory import Came, Memory
from runlore.ops.hybrids.mixture import Mixed, as_it_was
from runlore.ops.hybrids.results import ELSEWHERE, FOUND, OPEN, PLAN, SAME, Bisected, Step, WhyRequest
from runlore.ops.hybrids.running import Runner
from runlore.ops.hybrids.trials import ExhaustedError, Trials
from runlore.ops.hybrids.weighing import A, B, Weighing
from runlore.ops.indexing import refresh
from runlore.ops.parts import Parts, read_parts
from runlore.ops.project import find_project, open_store
from runlore.records import tree
from runlore.records.canonical import Json
from runlore.records.hashing import ObjectId, RunId
from runlore.store.paths import Paths
from runlore.store.refs import Refs
from runlore.store.store import Store

_HALF = 0.5
"""The share of the change from which on a commit counts as bad."""


def bisect(request: WhyRequest, progress: Progress, *, of_record: bool) -> Bisected:
    """Halve the commits between those of two runs by running them; or look at those on record (``of_record``).

    Raises:
        NoStoreError, RunNotFoundError, CorruptError: there is no such run, or its records are damaged.
        UsageError: there is nothing between them, or the metric is not one of both.
        RefusedError: others made one of the runs, and nobody allowed it.
        CannotRebuildError: an end itself cannot be run.
    """
    with open_store(request.folder) as store:
        refresh(store, progress)
        a, b = (read_parts(store, end_named(store, name)) for name in (request.a, request.b))
        metric = metric_of(a, b, request.metric)
        if of_record:
            return _recorded(store, a, b, metric, frozenset(Refs(store.layout, store.index).removed()))
        for parts in (a, b):
            check_trust(store, parts, request, "bisect")
        list(check_end(store, request.a, a, request, progress))
        try:
            return _Bisection(store, a, b, metric, request, progress).run()
        except GitUnusableError as error:
            raise UsageError(f"the commits cannot be read: {error.warn.message}") from error


def _recorded(store: Store, a: Parts, b: Parts, metric: str, removed: frozenset[str]) -> Bisected:
    """The runs of the same program that began between the two; nothing is run."""
    first, last = sorted((a, b), key=lambda parts: parts.intent.started_at)
    between = [first, *_between(store, first, last, metric, removed), last]
    values = [numbers(parts)[metric] for parts in between]
    start, apart = numbers(a)[metric], numbers(b)[metric] - numbers(a)[metric]
    if not apart:
        return _said(a, b, metric, SAME, f"{metric} is the same in both runs", [], ())
    shares = [(value - start) / apart for value in values]
    bad = [share >= _HALF for share in shares]
    at = len(between) - 1
    while at > 0 and bad[at - 1] == bad[-1]:
        at -= 1
    steps = [
        Step(parts.run, " ".join(parts.recipe.argv), (value,), share, is_bad, (parts.run,), None)
        for parts, value, share, is_bad in zip(between, values, shares, bad, strict=True)
    ]
    before, since = between[at - 1].run[:8], between[at].run[:8]
    sentence = f"{metric} is as in run {last.run[:8]} since run {since}: mlrun why {before} {since} says what made it"
    return _said(a, b, metric, FOUND, sentence, steps, (between[at].run,))


def _between(store: Store, first: Parts, last: Parts, metric: str, removed: frozenset[str]) -> Iterator[Parts]:
    for run in reversed(list(store.index.newest())):
        if run in removed or run in {first.run, last.run}:
            continue
        try:
            parts = read_parts(store, RunId(run))
        except CacheDamagedError:
            raise
        except CorruptError:
            continue  # fsck says what is wrong with it
        is_within = first.intent.started_at <= parts.intent.started_at <= last.intent.started_at
        is_alike = parts.recipe.argv[:1] == last.recipe.argv[:1] and parts.intent.parent is None
        if is_within and is_alike and metric in numbers(parts):
            yield parts


class _Bisection:
    """The commits between those of two runs, each run as the first run was but for its code."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that there is
        self, store: Store, a: Parts, b: Parts, metric: str, request: WhyRequest, progress: Progress
    ) -> None:
        self._store = store
        self._a, self._b = a, b
        self._metric = metric
        self._request = request
        self._top = find_project(request.folder).top
        self._commits = self._between()
        self._kept: dict[int, Mixed] = {}
        runner = Runner(store, (a,), request.environ, timeout=request.timeout, progress=progress)
        self._trials = Trials(Memory(store, (a.run,), metric), runner, request.budget, request.jobs, progress)
        ends = {A: recorded(a, metric), B: Came(b.run, None)}
        self._weighing = Weighing(self._trials, ends, self._make, self._call)

    def _between(self) -> list[Commit]:
        old, new = ((parts.intent.git or {}).get("commit") for parts in (self._a, self._b))
        for name, commit in ((self._request.a, old), (self._request.b, new)):
            if commit is None:
                raise UsageError(f"run {name} was not made from a commit", hint="--runs looks at recorded runs instead")
        if old == new:
            hint = f"mlrun why {self._request.a} {self._request.b} says which difference matters"
            raise UsageError("both runs were made from one commit", hint=hint)
        found = commits_between(self._top, str(old), str(new))
        if not found:
            hint = "name the older run first, or see whether the commits are in this clone: git fetch"
            raise UsageError(f"commit {str(old)[:8]} is no ancestor of {str(new)[:8]}", hint=hint)
        return found

    def run(self) -> Bisected:
        if self._request.dry_run:
            return self._said(PLAN, f"{len(self._commits)} commits; nothing was run", ())
        weighing = self._weighing
        try:
            apart = weighing.are_apart()
            self._check_ends()
            if not apart:
                words = (
                    f"the code of run {self._b.run[:8]} alone does not change {self._metric}: mlrun why says what does"
                )
                return self._said(ELSEWHERE, words, ())
            places = first_bad(len(self._commits), self._is_bad).places
        except ExhaustedError:
            return self._said(OPEN, f"the budget of {self._request.budget.said} is spent, and it is not known yet", ())
        first = tuple(self._commits[at].id for at in places)
        if len(places) > 1:
            words = f"the first is one of {len(places)} commits; those in between cannot be run"
            return self._said(OPEN, words, first)
        only = self._commits[places[0]]
        return self._said(FOUND, f"{self._metric} changed with commit {only.id[:8]} {only.subject}", first)

    def _check_ends(self) -> None:
        """Raises `CannotRebuildError` where an end cannot be run."""
        for key, name in ((A, f"run {self._request.a}"), (B, f"the code of run {self._request.b}")):
            if (trial := self._trials.trial(key)) is not None and trial.why:
                raise CannotRebuildError(f"{name} cannot be run as run {self._request.a} was: {trial.why}")

    def _is_bad(self, at: int) -> bool | None:
        share = self._weighing.share(frozenset((at,)))
        return None if share is None else share >= _HALF

    def _make(self, key: str | frozenset[int]) -> Mixed:
        return as_it_was(self._store, self._a) if key == A else self._at(self._place(key))

    def _call(self, key: str | frozenset[int]) -> str:
        """What a run says of itself."""
        commit = self._commits[self._place(key)]
        what = "a again" if key == A else f"{commit.id[:8]} {commit.subject}"
        return f"bisect {self._a.run[:8]} {self._b.run[:8]}: {what}"

    def _place(self, key: str | frozenset[int]) -> int:
        """Of which commit the code is; the last one for an end."""
        return len(self._commits) - 1 if isinstance(key, str) else next(iter(key))

    def _at(self, at: int) -> Mixed:
        """The first run with the code of a commit, and the untracked files that it had."""
        if at not in self._kept:
            was = as_it_was(self._store, self._a)
            commit = self._commits[at].id
            with self._store.writer() as writer:
                made = keep_commit(self._top, commit, self._store.objects, writer, self._untracked())
            code = ObjectId(made.tree.hex())
            intent = self._a.intent._replace(code_files=made.files, code_bytes=made.bytes)
            parts = self._a._replace(recipe=self._a.recipe._replace(code=code), intent=intent)
            self._kept[at] = Mixed(parts, was.begun._replace(code=code), is_other_code=True, git=_facts(commit))
        return self._kept[at]

    def _untracked(self) -> dict[bytes, tree.Entry]:
        paths = Paths(self._store.objects, self._a.recipe.code)
        names = [os.fsencode(name) for name in (self._a.intent.git or {}).get("untracked", ())]
        return {name: entry for name in names if (entry := paths.entry(name)) is not None}

    def _said(self, verdict: str, sentence: str, first: Sequence[str]) -> Bisected:
        steps, scale = [], self._weighing.scale
        for at, commit in enumerate(self._commits):
            key = B if at == len(self._commits) - 1 else frozenset((at,))
            trial = self._trials.trial(key)
            values = trial.values if trial else ()
            share = scale.share(values) if scale and values else None
            bad = None if share is None else share >= _HALF
            runs, why = (trial.runs, trial.why or None) if trial else ((), None)
            steps.append(Step(commit.id, commit.subject, values, share, bad, runs, why))
        return _said(self._a, self._b, self._metric, verdict, sentence, steps, first, runs=self._trials.made)


def _facts(commit: str) -> Mapping[str, Json]:
    """What an intent says of a clean work tree at that commit."""
    empty: dict[str, Json] = {"modified": [], "untracked": [], "submodules": []}
    return {"commit": commit, "branch": None, "remotes": {}, "dirty": False, "shallow": False, **empty}


def _said(  # noqa: PLR0913, PLR0917 - what there is to say
    a: Parts,
    b: Parts,
    metric: str,
    verdict: str,
    sentence: str,
    steps: Sequence[Step],
    first: Sequence[str],
    *,
    runs: int = 0,
) -> Bisected:
    values = {"a": numbers(a)[metric], "b": numbers(b)[metric]}
    return Bisected(a.run, b.run, metric, verdict, sentence, values, tuple(steps), tuple(first), runs)
