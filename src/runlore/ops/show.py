"""`show`: everything recorded about one run."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.ops.describe import describe
from runlore.ops.names import resolve
from runlore.ops.project import open_store
from runlore.ops.results import Run
from runlore.ops.sharing.promised import check_here
from runlore.store import runs
from runlore.store.refs import Refs
from runlore.store.store import Store

_MOST_POINTS = 100_000
"""Far more than mlrun writes of what a run used."""
_MOST_CURVES = 20
"""Metrics whose course is drawn."""


class Page(NamedTuple):
    """A run, and numbers in the order of time by the name of their series: its first metrics, and what it used."""

    run: Run
    curves: Mapping[str, Sequence[float]]


def show(folder: str, name: str) -> Run:
    """The run that ``name`` stands for; raises `NoStoreError`, `RunNotFoundError` or `CorruptError`."""
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        return describe(store, refs, resolve(store, refs, name))


def page(folder: str, name: str) -> Page:
    """As `show`, with what is drawn on a page beside it."""
    with open_store(folder) as store:
        refs = Refs(store.layout, store.index)
        run = describe(store, refs, resolve(store, refs, name))
        drawn = sorted(name for name, found in run.metrics.items() if (found.get("count") or 0) > 1)[:_MOST_CURVES]
        metrics = _curves(store, run.series, drawn) if drawn else {}
        return Page(run, metrics | _curves(store, run.usage_series))


def _curves(store: Store, oid: str | None, names: Sequence[str] | None = None) -> dict[str, Sequence[float]]:
    """The finite values of each series, or of those with these names.

    None if the blob is damaged, which takes nothing from the rest of the page.
    """
    if oid is None:
        return {}
    from io import BytesIO  # noqa: PLC0415 - of runs that took longer than a moment

    from runlore.capture.metrics.reader import MalformedSeriesError, SeriesReader  # noqa: PLC0415 - the same

    try:
        reader = SeriesReader(BytesIO(store.objects.blob(bytes.fromhex(oid))))
        if names is not None:
            read = [found for name in names if (found := reader.read(name)) is not None]
        else:
            read = list(reader) if reader.points <= _MOST_POINTS else []
        return {each.name: tuple(filter(math.isfinite, each.values)) for each in read}
    except (CorruptError, MalformedSeriesError):
        return {}


def patch(folder: str, name: str) -> bytes:
    """The uncommitted diff of the run, empty if there was none."""
    with open_store(folder) as store:
        run = resolve(store, Refs(store.layout, store.index), name)
        oid = runs.read_intent(store.layout, run).patch
        if oid is None:
            return b""
        check_here(store, run, oid, "the patch")
        return store.objects.blob(bytes.fromhex(oid))


def log(folder: str, name: str) -> Iterator[bytes]:
    """What the command printed, in pieces; of a running one, what it has printed so far."""
    with open_store(folder) as store:
        run = resolve(store, Refs(store.layout, store.index), name)
        seal = runs.read_seal(store.layout, run)
        if seal is None:
            yield from runs.live_log(store.layout, run)
        elif seal.log is not None:
            check_here(store, run, seal.log, "the output")
            yield from store.objects.blob_chunks(bytes.fromhex(seal.log))
