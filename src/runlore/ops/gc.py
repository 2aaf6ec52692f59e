"""`gc`: what no run needs goes from the store, and for good."""

import json
import os
import time
from collections import Counter as Tally
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from runlore.errors import CorruptError, RefusedError
from runlore.ops.author import author_of
from runlore.ops.counted import Progress
from runlore.ops.erasable import removals
from runlore.ops.indexing import refresh
from runlore.ops.project import open_store
from runlore.ops.record import Counter
from runlore.ops.retention import Rules, superseded
from runlore.records.hashing import RunId
from runlore.records.phrases import counted
from runlore.store import collecting, envs, runs
from runlore.store.collecting import Plan, Sweep
from runlore.store.durable import forget, writing
from runlore.store.layout import Layout
from runlore.store.refs import Refs
from runlore.store.store import Store

DAY = 86_400.0
GRACE = 14 * DAY
"""Seconds for which a removed run can be brought back; git's ``gc.pruneExpire`` is two weeks too."""
_YOUNG = DAY
"""Seconds for which what no record names is kept: somebody who was interrupted may go on with it."""
_UNUSED = 30 * DAY
"""Seconds without use after which an environment goes."""
_SECOND = 1_000_000_000
Ask = Callable[[Sequence[RunId]], bool]
"""Asks a person whether these runs may be removed."""
LEFTOVERS, ENVIRONMENTS, RECORDS = "leftovers", "environments", "records"


class GcRequest(NamedTuple):
    """What is to be collected. ``grace`` is seconds, 0 for none; ``sure`` that runs may be removed by the rules."""

    grace: float = GRACE
    rules: Rules = Rules()
    envs: bool = False
    dry_run: bool = False
    sure: bool = False


class Collected(NamedTuple):
    """What went, or would. ``removed`` are those of the runs that the rules have removed now; ``parts`` are bytes.

    ``waiting`` runs are removed, and stay until their time is over; ``kept`` runs stay; ``by_others`` too, which were
    made here and removed elsewhere.
    """

    runs: tuple[str, ...]
    removed: tuple[str, ...]
    waiting: int
    kept: int
    objects: int
    bytes: int
    parts: Mapping[str, int]
    environments: tuple[str, ...]
    dry_run: bool
    by_others: tuple[str, ...] = ()


def collect(folder: str, request: GcRequest, progress: Progress, ask: Ask | None) -> Collected:
    """Collect garbage. ``ask`` asks a person whether these runs may be removed; ``None`` where nobody is.

    Raises:
        CorruptError: a run cannot be read, so that nobody knows what it needs; nothing was collected.
        RefusedError: runs would be removed, and nobody said that they may.
        LockedError: another collection is at work, or others write all the time.
        StoreWriteError: the store cannot be written.
    """
    with open_store(folder) as store:
        if damaged := refresh(store):
            raise CorruptError(
                f"what run {damaged[0][:12]} needs cannot be read", hint="mlrun fsck shows what is wrong with it"
            )
        refs = Refs(store.layout, store.index)
        chosen = superseded(store, refs, request.rules, time.time_ns()) if request.rules.some else []
        if chosen and not request.dry_run:
            check_sure(chosen, ask, sure=request.sure)
            by = author_of(folder)
            for run in chosen:
                refs.remove(run, by, store.secret_key)
        return _Collection(store, refs, request, progress).run(chosen)


def check_sure(chosen: Sequence[RunId], ask: Ask | None, *, sure: bool) -> None:
    """Return if these runs may be removed by rules; raises `RefusedError`."""
    if not (sure or (ask is not None and ask(chosen))):
        raise RefusedError(
            f"{counted(len(chosen), 'run')} would be erased for good",
            hint="--dry-run lists them; --yes goes on without asking",
        )


class _Collection:
    """One collection in an open store."""

    def __init__(self, store: Store, refs: Refs, request: GcRequest, progress: Progress) -> None:
        self._store = store
        self._request = request
        self._progress = progress
        self._removed, self._by_others = removals(store, refs)
        self._there = collecting.run_ids(store.layout)
        self._clock = store.clock() or time.time_ns()

    def run(self, chosen: Sequence[RunId]) -> Collected:
        """Plan, sweep, and let the caches forget."""
        due = {run for run in self._removed if self._is_due(run)}
        condemned = frozenset(due | set(chosen))
        counter = Counter("looking for garbage", self._progress)
        young = self._clock - int(_YOUNG * _SECOND) if self._request.grace else self._clock + _SECOND
        unused = self._unused_envs(condemned) if self._request.envs else ()
        plan = collecting.plan(self._store, condemned, young=young, envs_of=unused, on_run=lambda: counter(0))
        sizes = {run: _size_below(f"{self._store.layout.runs}/{run}") for run in plan.runs}
        places = {name: _size_below(f"{self._store.layout.envs}/{name}") for name in plan.envs}
        if self._request.dry_run:
            return self._result(plan, list(plan.garbage.sizes()), chosen, sizes, places)
        sweep = Sweep(self._store, plan, Counter("collecting", self._progress))
        with writing(f'"{self._store.layout.root}"'):
            sweep.run()
        if sweep.runs:
            _forget(self._store)
        sizes = {run: sizes.get(run, 0) for run in sweep.runs}
        places = {name: places[name] for name in sweep.envs}
        return self._result(plan, sweep.objects, chosen, sizes, places)

    def _is_due(self, run: str) -> bool:
        """Whether it was removed long enough ago, by the time of the file that says so: the record only claims one."""
        layout = self._store.layout
        if not runs.is_sealed(layout, run) and runs.is_alive(layout, run, _boot(layout, run)):
            return False
        times = []
        for event in self._removed[run]:
            try:
                times.append(os.stat(f"{layout.events}/{event}").st_mtime_ns)
            except OSError:
                return False
        return not self._request.grace or max(times) < self._clock - int(self._request.grace * _SECOND)

    def _unused_envs(self, condemned: frozenset[str]) -> tuple[str, ...]:
        living: dict[str, int] = {}
        for row in self._store.index.rows():
            name = _environment(row.summary)
            if name is not None and row.id not in condemned:
                living[name] = max(living.get(name, 0), row.started_at // _SECOND)
        return tuple(envs.unused_since(self._store.layout.envs, living, time.time() - _UNUSED))

    def _result(
        self,
        plan: Plan,
        objects: Sequence[tuple[bytes, int]],
        chosen: Sequence[RunId],
        sizes: Mapping[str, int],
        places: Mapping[str, int],
    ) -> Collected:
        parts: Tally[str] = Tally()
        for digest, size in objects:
            parts[plan.doomed.found.get(digest, LEFTOVERS)] += size
        parts[RECORDS] += sum(sizes.values())
        parts[ENVIRONMENTS] += sum(places.values())
        gone = set(sizes)
        return Collected(
            runs=tuple(sorted(gone)),
            removed=tuple(run for run in chosen if run in gone),
            waiting=len(self._removed.keys() - gone),
            kept=len(self._there - gone - self._removed.keys() - set(self._by_others)),
            objects=len(objects),
            bytes=sum(parts.values()),
            parts={name: size for name, size in sorted(parts.items()) if size},
            environments=tuple(sorted(places)),
            dry_run=self._request.dry_run,
            by_others=self._by_others,
        )


def _boot(layout: Layout, run: str) -> str:
    try:
        return runs.read_intent(layout, run).boot
    except CorruptError:
        return ""


def _environment(summary: str) -> str | None:
    """The id of the environment in what the index keeps of a run."""
    found: str | None = json.loads(summary)["environment"]["id"]
    return found


def _forget(store: Store) -> None:
    """Let the caches have nothing of runs that are gone."""
    refresh(store)
    Refs(store.layout, store.index)
    store.index.erase()
    for name in ("uses.db", "uses.db-journal"):
        forget(f"{store.layout.cache}/{name}")


def _size_below(path: str) -> int:
    """Bytes of all files below a folder; a file with several names counts for its part."""
    total = 0
    for folder, _, files in os.walk(path):
        for name in files:
            try:
                found = os.lstat(f"{folder}/{name}")
            except OSError:
                continue
            total += found.st_size // max(1, found.st_nlink)
    return total
