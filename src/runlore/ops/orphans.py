"""Runs whose owner was killed: sealed by the next writer, from what they left."""

import os

from runlore.errors import CorruptError
from runlore.ops.ending import Outputs, Remains, place_of, write_seal
from runlore.ops.parts import read_recipe
from runlore.ops.told import Ended, Entries, known_end, places_of
from runlore.ops.usage import last_usage
from runlore.records.hashing import RunId
from runlore.store import journal, runs
from runlore.store.store import Store


def seal_orphans(store: Store) -> list[str]:
    """Seal every run whose owner is gone; the ids of those that were."""
    sealed = []
    for name in store.index.unsealed():
        try:
            intent = runs.read_intent(store.layout, name)
            with runs.owned(store.layout, name, intent.boot) as mine:
                if mine:
                    recipe = read_recipe(store, name, intent.recipe)
                    entries = tuple(journal.read(f"{store.layout.runs}/{name}/journal"))
                    ended = _last_known(store, name, intent.started_at, entries)
                    remains = _remains(store, name, intent.started_at, entries)
                    # Somebody waits for the command to start: nothing is searched now that was not before.
                    remains = remains._replace(patch=intent.patch, budget=0)
                    write_seal(store, RunId(name), recipe, ended, remains)
                    sealed.append(name)
        except (CorruptError, ValueError):
            continue  # fsck says what is wrong with it
    return sealed


def _remains(store: Store, run: str, started_at: int, entries: Entries) -> Remains:
    """What a run left whose owner was killed."""
    from runlore.capture.access.ladder import recover  # noqa: PLC0415 - after a crash alone

    top = os.path.dirname(store.layout.root)
    observer = recover(place_of(store, f"{store.layout.runs}/{run}"), started_at)
    return Remains(entries, Outputs((), top, top), observer, places_of(top, {}, entries))


def _last_known(store: Store, run: str, started_at: int, entries: Entries) -> Ended:
    """How the run ended as far as its journal says: crashed, unless the command's end is in it."""
    folder = f"{store.layout.runs}/{run}"
    if (known := known_end(entries)) is not None:
        return known
    ended_at = max((_mtime(f"{folder}/{name}") for name in ("journal", "log", "lock")), default=started_at)
    usage = last_usage(entries)
    return Ended("crashed", None, None, max(ended_at, started_at), None, usage, _size(f"{folder}/log"), ())


def _mtime(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
