"""Which runs made and read what: the cache that knows it, brought up to date."""

import contextlib
from collections.abc import Iterator, Sequence

from runlore.errors import CorruptError
from runlore.ops.counted import Progress, silent, told
from runlore.ops.indexing import refresh
from runlore.ops.parts import read_parts
from runlore.ops.workers import shared_out
from runlore.records.hashing import RunId
from runlore.records.run import FileRef
from runlore.store.noting import CODE, CONFIG, INPUT, OUTPUT, Noted, Thing
from runlore.store.store import Store
from runlore.store.uses import Uses

_MANY, _PORTION = 2000, 250
"""Runs: more than these are read by several processes, which get so many at a time."""
_THINGS = 20_000
"""Things that runs made and read, of as many as are noted together."""


@contextlib.contextmanager
def uses_of(store: Store, progress: Progress = silent) -> Iterator[Uses]:
    """The uses of every run that is there now and can be read."""
    refresh(store, progress)
    uses = Uses(store.layout.cache, store.objects.tree_data)
    try:
        unsealed = set(store.index.unsealed())
        there = {run: run not in unsealed for run in reversed(list(store.index.newest()))}
        uses.refresh(there, lambda names: told(_read(store, names), len(names), "noting runs", progress))
        yield uses
    finally:
        uses.close()


def _read(store: Store, names: Sequence[str]) -> Iterator[Noted | None]:
    """What is noted of these runs; of many, read by several processes."""
    if len(names) <= _MANY:
        yield from (_noted(store, run) for run in names)
        return
    with Store(store.layout.root) as own:  # a process that is forked may not use what its parent has opened
        yield from shared_out(lambda some: _portion(own, some), names, portion=_PORTION)


def _portion(store: Store, names: Sequence[str]) -> list[Noted | None]:
    """What is noted of the first of these runs, as many as are not too much for memory."""
    found: list[Noted | None] = []
    things = 0
    for run in names:
        found.append(each := _noted(store, run))
        things += len(each.things) if each else 0
        if things > _THINGS:
            break
    return found


def _noted(store: Store, run: str) -> Noted | None:
    try:
        _, intent, seal, recipe = parts = read_parts(store, RunId(run))
    except (CorruptError, OSError):
        return None
    config = {each["path"] for each in recipe.config}
    things = [_thing(OUTPUT, ref) for ref in parts.outputs]
    things += [_thing(CONFIG if ref.path in config else INPUT, ref) for ref in parts.inputs]
    if recipe.code is not None:
        things.append(Thing(CODE, "", bytes.fromhex(recipe.code), None, is_folder=True))
    parent = intent.parent or {}
    ended = seal.ended_at if seal else None
    return Noted(run, intent.started_at, ended, parent.get("run"), parent.get("kind"), things)


def _thing(role: str, ref: FileRef) -> Thing:
    # A config file is on record without its size.
    size = None if role == CONFIG and not ref.size else ref.size
    return Thing(role, ref.path, bytes.fromhex(ref.oid), size, is_folder=ref.kind == "d")
