"""`show`: everything recorded about one run."""

from collections.abc import Iterator

from runlore.ops.describe import describe
from runlore.ops.names import resolve
from runlore.ops.project import open_store
from runlore.ops.results import Run
from runlore.store import runs
from runlore.store.refs import Refs


def show(folder: str, name: str) -> Run:
    """The run that ``name`` stands for; raises `NoStoreError`, `RunNotFoundError` or `CorruptError`."""
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        return describe(store, refs, resolve(store, refs, name))


def patch(folder: str, name: str) -> bytes:
    """The uncommitted diff of the run, empty if there was none."""
    with open_store(folder) as store:
        run = resolve(store, Refs(store.layout, store.index), name)
        oid = runs.read_intent(store.layout, run).patch
        return store.objects.blob(bytes.fromhex(oid)) if oid else b""


def log(folder: str, name: str) -> Iterator[bytes]:
    """What the command printed, in pieces; of a running one, what it has printed so far."""
    with open_store(folder) as store:
        run = resolve(store, Refs(store.layout, store.index), name)
        seal = runs.read_seal(store.layout, run)
        if seal is None:
            yield from runs.live_log(store.layout, run)
        elif seal.log is not None:
            yield from store.objects.blob_chunks(bytes.fromhex(seal.log))
