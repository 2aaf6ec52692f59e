"""`list`: the runs there are, newest first."""

from collections import defaultdict

from runlore.ops.describe import from_row, refresh
from runlore.ops.project import open_store
from runlore.ops.results import Run, RunList
from runlore.store.refs import Refs


def list_runs(folder: str, *, limit: int | None, experiment: str | None, state: str | None = None) -> RunList:
    """Up to ``limit`` runs, newest first; raises `NoStoreError`."""
    with open_store(folder) as store:
        damaged = refresh(store)
        refs = Refs(store.layout, store.index)
        removed = refs.removed()
        tags: dict[str, tuple[str, ...]] = defaultdict(tuple)
        for name, head in refs.tags().items():
            tags[head.event.data["run"]] += (name,)
        found: list[Run] = []
        total = 0
        for row in store.index.rows(experiment=experiment):
            full = limit is not None and len(found) >= limit
            if full and state is None:
                total = store.index.count(without=removed, experiment=experiment)
                break
            if row.id in removed:
                continue
            run = from_row(store, row, tags)
            if state is not None and run.state != state:
                continue
            total += 1
            if not full:
                found.append(run)
        return RunList(runs=tuple(found), total=total, damaged=damaged)
