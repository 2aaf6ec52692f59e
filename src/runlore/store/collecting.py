"""Garbage collection: what no run needs goes, beside those who write. Section 12 of the store format.

Marking and copying happen while others write. Only what goes away in the end is taken away alone, by renaming it into
`tmp`, and after a look at what has come meanwhile; it is removed when others may write again.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from runlore.errors import LockedError
from runlore.records.event import decode_event
from runlore.records.hashing import is_id
from runlore.store import envs, garbage, reach, runs
from runlore.store.durable import forget, fresh_name, fsync_folder
from runlore.store.garbage import Garbage, OldPack, Rewritten
from runlore.store.layout import Layout
from runlore.store.lock import exclusive, remove, settle, shared, unused
from runlore.store.marking import Marks, mark_all
from runlore.store.refs import Refs
from runlore.store.store import Store

PATIENCE = 60.0
"""Seconds to wait for a moment in which nobody writes."""
_AT_ONCE = 10_000
"""Loose blobs that are taken away before writers may go on: a second or two, of the 20 that they wait."""


class Plan(NamedTuple):
    """What a collection would do: which runs go, what goes with them, and which environments of `envs/`."""

    runs: frozenset[str]
    live: Marks
    doomed: Marks
    garbage: Garbage
    envs: tuple[str, ...]


def plan(
    store: Store, condemned: frozenset[str], *, young: int, envs_of: Iterable[str], on_run: Callable[[], None]
) -> Plan:
    """Find what goes with the ``condemned`` runs; nothing is changed.

    Objects that no run names stay if they are not older than ``young`` (nanoseconds since 1970 UTC).

    Raises:
        CorruptError: a run that stays cannot be read.
    """
    live = Marks(store.layout, store.objects)
    there = run_ids(store.layout)
    mark_all(live, sorted(there - condemned), on_run)
    condemned = _without_parents(live, condemned)
    doomed = Marks(store.layout, store.objects, but=live.found, strict=False)
    mark_all(doomed, sorted(condemned & there), on_run)
    _mark_vendored(store, live, doomed.environments - live.environments)
    found = garbage.look(store.layout, live.found, doomed.found, young)
    return Plan(condemned, live, doomed, found, tuple(envs_of))


def run_ids(layout: Layout) -> set[str]:
    """Every run whose folder is there."""
    return {name for name in os.listdir(layout.runs) if is_id(name)}


def _without_parents(live: Marks, condemned: frozenset[str]) -> frozenset[str]:
    """Those that no run which has not ended was begun from: it may come to name what they name."""
    while spared := live.parents & condemned:
        condemned -= spared
        mark_all(live, sorted(spared))
    return condemned


def _mark_vendored(store: Store, live: Marks, gone: set[str]) -> None:
    """Reach the packages that were kept on request, but for those of environments that go."""
    for _, data in store.index.events("environment/"):
        event = decode_event(data)
        if event.ref.partition("/")[2] not in gone:
            live.reach(reach.of_event(event), strict=False)


class Sweep:
    """Carries a plan out. What went is counted."""

    def __init__(self, store: Store, found: Plan, on_bytes: Callable[[int], None]) -> None:
        """``on_bytes`` is told of bytes as they go."""
        self._store = store
        self._layout = store.layout
        self._plan = found
        self._on_bytes = on_bytes
        self._trash = ""
        self._number = 0
        self.objects: list[tuple[bytes, int]] = []
        """Objects that went, with their bytes."""
        self.runs: list[str] = []
        self.envs: list[str] = []
        self.alone = 0.0
        """The longest time in seconds in which nobody else could write."""

    def run(self) -> None:
        """All of it. When it is cut short the store is sound, and the next collection does the rest.

        Raises:
            LockedError: another collection is at work, or others write all the time.
            OSError: the store cannot be written.
        """
        with unused(self._layout.packs) as free:
            if not free:
                raise LockedError("another mlrun gc is cleaning the store", hint="try again when it has finished")
            with shared(self._layout.root):
                envs.sweep(self._layout.envs)
                made = garbage.rewrite(self._layout, (old for old in self._plan.garbage.packs if old.wanted))
            loose = list(self._plan.garbage.loose)
            self._alone(loose[:_AT_ONCE], made)
            for at in range(_AT_ONCE, len(loose), _AT_ONCE):
                self._alone(loose[at : at + _AT_ONCE], None)

    def _alone(self, loose: Sequence[bytes], made: Rewritten | None) -> None:
        """Take things away while nobody writes; remove them when others may again."""
        tmp = self._layout.tmp
        with exclusive(self._layout.root, patience=PATIENCE) as lock:
            began = time.monotonic()
            leftovers = os.listdir(tmp)
            if leftovers and not settle(self._layout.root):
                leftovers = []
            self._trash = f"{tmp}/{fresh_name()}"
            os.mkdir(self._trash)
            self._look_again()
            if made is not None:
                self._take_first(made)
            self._take_loose(loose)
            lock.share()
            self.alone = max(self.alone, time.monotonic() - began)
            for name in (os.path.basename(self._trash), *leftovers):
                remove(f"{tmp}/{name}")

    def _look_again(self) -> None:
        """Mark what has come since the plan was made."""
        store, live = self._store, self._plan.live
        store.index.refresh_packs(self._layout.packs)
        removed = Refs(self._layout, store.index).removed()
        there = run_ids(self._layout)
        condemned = self._plan.runs & there & removed.keys()
        mark_all(live, sorted(there - condemned - live.ended))
        self._plan = self._plan._replace(runs=_without_parents(live, condemned))
        _mark_vendored(store, live, self._dead_environments())

    def _dead_environments(self) -> set[str]:
        return self._plan.doomed.environments - self._plan.live.environments

    def _take_first(self, made: Rewritten) -> None:
        """What is said of runs, then the runs, then packs: what is left in between names nothing that is gone."""
        if self._plan.garbage.loose or self._plan.garbage.packs:
            self._store.stats.doubt()
        for name in _events_of(self._store, self._plan.runs, self._dead_environments()):
            forget(f"{self._layout.events}/{name}")
        fsync_folder(self._layout.events)
        for run in sorted(self._plan.runs):
            with _owned(self._layout, run) as mine:
                if mine:
                    self._take(f"{self._layout.runs}/{run}")
                    self.runs.append(run)
        for name in self._plan.envs:
            with envs.unmade(self._layout.envs, name) as free:
                if free:
                    self._take(f"{self._layout.envs}/{name}")
                    self.envs.append(name)
        fsync_folder(self._layout.runs)
        self._take_packs(made)

    def _take_packs(self, made: Rewritten) -> None:
        live, gone = self._plan.live.found, []
        for old in self._plan.garbage.packs:
            if any(each.digest in live for each in old.garbage):
                continue  # somebody found it here, and has named it
            if old.wanted and not self._is_replaced(old, made):
                continue
            if self._take(f"{self._layout.packs}/{old.name}"):
                gone.append(old.name)
                self._count((each.digest, each.length) for each in old.garbage)
        fsync_folder(self._layout.packs)
        for name, places in made.packs.items():
            self._store.index.take_over(name, places)
        self._store.index.drop_packs(gone)

    def _is_replaced(self, old: OldPack, made: Rewritten) -> bool:
        """Whether what is wanted of a pack lies in another now: where there is no room, none was made."""
        new = made.replaced.get(old.name)
        return new is not None and os.path.exists(f"{self._layout.packs}/{new}")

    def _take_loose(self, loose: Sequence[bytes]) -> None:
        live, sizes = self._plan.live.found, self._plan.garbage.loose
        for digest in loose:
            if digest not in live and self._take(garbage.path_of(self._layout, digest)):
                self._count([(digest, sizes[digest])])

    def _take(self, path: str) -> bool:
        """Move something out of sight; False if it is not there."""
        self._number += 1
        try:
            os.rename(path, f"{self._trash}/{self._number}")
        except FileNotFoundError:
            return False
        return True

    def _count(self, gone: Iterable[tuple[bytes, int]]) -> None:
        for each in gone:
            self.objects.append(each)
            self._on_bytes(each[1])


@contextlib.contextmanager
def _owned(layout: Layout, run: str) -> Iterator[bool]:
    """Whether nobody works on the run, nor will while the block lasts."""
    if runs.is_sealed(layout, run) or not os.path.lexists(path := f"{layout.runs}/{run}/lock"):
        yield True
        return
    with unused(path) as free:
        yield free


def _events_of(store: Store, condemned: frozenset[str], environments: set[str]) -> Iterator[str]:
    """Events that go: notes on runs that are gone, names that only such runs ever had, packages for them alone.

    That a run was removed stays: it says so to other stores.
    """
    there = run_ids(store.layout) - condemned
    gone = Refs(store.layout, store.index).removed().keys() - there
    tags: dict[str, list[tuple[str, bool]]] = {}
    for name, data in list(store.index.events("")):
        event = decode_event(data)
        about, _, what = event.ref.partition("/")
        if about == "tag":
            tags.setdefault(event.ref, []).append((name, event.data.get("run") in gone))
        elif (about == "notes" and what in gone) or (about == "environment" and what in environments):
            yield name
    for events in tags.values():
        if all(is_gone for _, is_gone in events):
            yield from (name for name, _ in events)
