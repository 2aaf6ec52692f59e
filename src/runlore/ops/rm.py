"""`rm`: hide runs, and bring them back until their bytes are collected."""

from runlore.errors import RefusedError, RunNotFoundError
from runlore.ops.author import author_of
from runlore.ops.erasable import removals
from runlore.ops.names import is_prefix, resolve, resolve_removed
from runlore.ops.project import open_store
from runlore.ops.results import Removed
from runlore.records.hashing import RunId
from runlore.store import runs
from runlore.store.refs import Refs
from runlore.store.store import Store


def remove(folder: str, names: tuple[str, ...]) -> Removed:
    """Remove the runs; none if one of the names is wrong.

    Raises:
        RefusedError: one of them is still running.
    """
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        found = tuple(dict.fromkeys(_meant(store, refs, name) for name in names))
        for run in found:
            intent = runs.read_intent(store.layout, run)
            if not runs.is_sealed(store.layout, run) and runs.is_alive(store.layout, run, intent.boot):
                raise RefusedError(f"run {run[:12]} is running", hint="stop it first, or wait for its end")
        by = author_of(folder)
        for run in found:
            refs.remove(run, by, store.secret_key)
        return Removed(runs=found, restored=False)


def _meant(store: Store, refs: Refs, name: str) -> RunId:
    """The run of that name; also one that was made here and is hidden because others removed it."""
    try:
        return resolve(store, refs, name)
    except RunNotFoundError:
        found = [run for run in removals(store, refs).by_others if is_prefix(name) and run.startswith(name)]
        if len(found) != 1:
            raise
        return RunId(found[0])


def restore(folder: str, names: tuple[str, ...]) -> Removed:
    """Bring removed runs back; none if one of the names is wrong."""
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        found = tuple(dict.fromkeys(resolve_removed(store, refs, name) for name in names))
        by = author_of(folder)
        for run in found:
            refs.add(f"run/{run}", "restore", {}, by)
        return Removed(runs=found, restored=True)
