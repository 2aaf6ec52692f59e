"""`list`: the runs there are, newest first or in another order, all of them or those that meet a filter."""

import json
import time
from collections import defaultdict

from runlore.ops.counted import Progress, silent
from runlore.ops.describe import live_state
from runlore.ops.indexing import from_row, refresh
from runlore.ops.listed import StoredRuns
from runlore.ops.project import open_store
from runlore.ops.results import RunList
from runlore.store.catalog import OUTPUT, stored_text
from runlore.store.condition import Compare, Condition, Every, Key, objects
from runlore.store.index import Index
from runlore.store.refs import Refs
from runlore.store.search import Known, Order
from runlore.store.store import Store

_MANY = 250
"""Runs: more are not all in memory at once."""


def list_runs(  # noqa: PLR0913 - one for each way to choose and order
    folder: str,
    *,
    limit: int | None,
    experiment: str | None = None,
    state: str | None = None,
    where: str | None = None,
    sort: str | None = None,
    progress: Progress = silent,
) -> RunList:
    """Up to ``limit`` runs that meet the filter ``where`` and are of the experiment and in the state.

    The newest first, or by the column ``sort``, smallest first, or largest first with ``-`` before it; runs
    without a value then come last, and so does NaN.

    Raises:
        NoStoreError: there is none.
        UsageError: the filter cannot be understood, or names what no run has.
    """
    with open_store(folder) as store:
        damaged = refresh(store, progress)
        refs = Refs(store.layout, store.index)
        tags: dict[str, tuple[str, ...]] = defaultdict(tuple)
        for name, head in refs.tags().items():
            tags[head.event.data["run"]] += (name,)
        condition, order = _understood(store.index, experiment=experiment, state=state, where=where, sort=sort)
        known = Known(
            tags=[(stored_text(tag), run) for run, given in tags.items() for tag in given],
            living=_living(store) if condition or order else (),
            removed=tuple(refs.removed()),
            used=_used(store, condition, progress),
        )
        ids, total = store.index.search(condition, known).ids(order, limit)
        if len(ids) > _MANY:
            return RunList(runs=StoredRuns(folder, ids, tags), total=total, damaged=damaged)
        rows = store.index.rows_of(ids)
        return RunList(runs=tuple(from_row(store, row, tags) for row in rows), total=total, damaged=damaged)


def _understood(
    index: Index, *, experiment: str | None, state: str | None, where: str | None, sort: str | None
) -> tuple[Condition | None, Order | None]:
    """What is searched for, and the order of it."""
    parts: list[Condition] = [
        Compare(Key("fact", name), "=", (stored_text(value),))
        for name, value in (("experiment", experiment), ("state", state))
        if value is not None
    ]
    order = None
    if where is not None or sort is not None:
        from runlore.ops.where.grammar import parse  # noqa: PLC0415 - the plain list does without
        from runlore.ops.where.meaning import Meaning  # noqa: PLC0415 - the same

        now = time.time_ns()
        if where is not None:
            parts.append(parse(where, Meaning(index.key_names, now)))
        if sort is not None:
            key = Meaning(index.key_names, now, shown=str).column(sort.removeprefix("-"))
            # The older a run is, the smaller is the time at which it began.
            order = Order(key, sort.startswith("-") != (key == Key("fact", "age")))
    if len(parts) > 1:
        return Every(tuple(parts)), order
    return (parts[0] if parts else None), order


def _used(store: Store, condition: Condition | None, progress: Progress) -> list[tuple[str, str, bytes, bytes]]:
    """The files of runs that are, or folders that hold, the objects which are asked for."""
    wanted = set(objects(condition))
    if not wanted:
        return []
    from runlore.ops.uses import uses_of  # noqa: PLC0415 - other filters do without
    from runlore.store.noting import MADE, READ  # noqa: PLC0415 - the same

    with uses_of(store, progress) as uses:
        return [
            (run, role, stored_text(path), digits)
            for digits, role in wanted
            for run, path in uses.holding(digits.decode(), MADE if role == OUTPUT else READ)
        ]


def _living(store: Store) -> list[tuple[str, bytes]]:
    """The states of the runs that have no seal."""
    rows = store.index.unsealed_rows()
    return [(row.id, live_state(store, row.id, json.loads(row.summary)["boot"]).encode()) for row in rows]
