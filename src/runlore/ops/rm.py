"""`rm`: hide runs, and bring them back until their bytes are collected."""

from runlore.errors import RefusedError
from runlore.ops.author import author_of
from runlore.ops.names import resolve, resolve_removed
from runlore.ops.project import open_store
from runlore.ops.results import Removed
from runlore.store import runs
from runlore.store.refs import Refs


def remove(folder: str, names: tuple[str, ...]) -> Removed:
    """Remove the runs; none if one of the names is wrong.

    Raises:
        RefusedError: one of them is still running.
    """
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        found = tuple(dict.fromkeys(resolve(store, refs, name) for name in names))
        for run in found:
            intent = runs.read_intent(store.layout, run)
            if not runs.is_sealed(store.layout, run) and runs.is_alive(store.layout, run, intent.boot):
                raise RefusedError(f"run {run[:12]} is running", hint="stop it first, or wait for its end")
        by = author_of(folder)
        for run in found:
            refs.add(f"run/{run}", "remove", {}, by)
        return Removed(runs=found, restored=False)


def restore(folder: str, names: tuple[str, ...]) -> Removed:
    """Bring removed runs back; none if one of the names is wrong."""
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        found = tuple(dict.fromkeys(resolve_removed(store, refs, name) for name in names))
        by = author_of(folder)
        for run in found:
            refs.add(f"run/{run}", "restore", {}, by)
        return Removed(runs=found, restored=True)
