"""What `fsck` does with the caches: one that is not what it should be is deleted, and made anew when it is wanted."""

import contextlib
import glob
import os
import tempfile
from collections.abc import Iterator

from runlore.errors import CacheDamagedError, MlrunError, StoreWriteError
from runlore.ops.counted import Progress
from runlore.ops.indexing import refresh
from runlore.records.hashing import is_id
from runlore.store import database, imprint
from runlore.store.durable import forget
from runlore.store.problem import WARNING, Problem
from runlore.store.refs import Refs
from runlore.store.statcache import StatCache
from runlore.store.store import Store

_STAT = "cache/stat.db"
_MADE_ANEW = "it is not what was written; it was deleted, and is made anew when it is wanted"


def check_caches(root: str, progress: Progress, *, quick: bool) -> Iterator[Problem]:
    """Delete what is damaged in `cache/`, and say so. Without ``quick`` the index is compared with the records.

    Before that it is the one that knows which runs and events were there at the last look.
    """
    for path in sorted(glob.glob(f"{glob.escape(root)}/cache/**/*.db", recursive=True)):
        name = os.path.relpath(path, root)
        whole = database.is_whole(path) and (name != _STAT or _rows_are_whole(root))
        if not whole:
            yield _drop(path, name)
    try:
        with Store(root) as store:
            yield from _gone(store)
            if not quick and not _is_right(store, progress):
                yield _drop(store.layout.cache + "/index.db", "cache/index.db")
    except (CacheDamagedError, StoreWriteError):
        yield _drop(f"{root}/cache/index.db", "cache/index.db")
    except MlrunError:
        return  # what keeps a store from being opened was said


def _rows_are_whole(root: str) -> bool:
    try:
        with contextlib.closing(StatCache(f"{root}/cache")) as stats:
            return stats.is_whole()
    except (CacheDamagedError, StoreWriteError):
        return False


def _drop(path: str, name: str) -> Problem:
    for each in (path, path + "-journal", path + imprint.SUFFIX):
        forget(each)
    return Problem("cache-damaged", WARNING, name, _MADE_ANEW)


def _gone(store: Store) -> Iterator[Problem]:
    """What was there when somebody last looked."""
    layout = store.layout
    hint = "restore it from a backup, or pull it; if that was meant, mlrun list takes note of it"
    for run in sorted(store.index.starting("")):
        if is_id(run) and not os.path.lexists(f"{layout.runs}/{run}"):
            yield Problem("run-gone", WARNING, f"runs/{run}", "it was here at the last look", hint)
    for event, _ in sorted(store.index.events("")):
        if is_id(event) and not os.path.lexists(f"{layout.events}/{event}"):
            yield Problem("event-gone", WARNING, f"events/{event}", "it was here at the last look", hint)


def _is_right(store: Store, progress: Progress) -> bool:
    """Whether the index, brought up to date, says of everything what one says that is made now."""
    refresh(store)
    Refs(store.layout, store.index)
    with (
        tempfile.TemporaryDirectory(prefix="mlrun-index-") as folder,
        contextlib.closing(Store(store.layout.root)) as own,
    ):
        own.layout.cache = folder
        refresh(own, progress)
        Refs(own.layout, own.index)
        return store.index.agrees(own.index, store.layout.packs)
