"""One side of `bench/samples.py`, in a process of its own: prints its seconds and its peak memory in bytes.

``search FILE`` and ``join A B`` are ours, ``merge A B`` is pandas'. Reading is not timed, but for a search.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runlore.insight.samples.duck import Database

spent: list[tuple[float, float]] = []
"""Seconds of wall and of CPU time."""


def _search(path: str) -> Callable[[], object]:
    from runlore.insight.samples.duck import database
    from runlore.insight.samples.looking import Wish, look
    from runlore.insight.samples.sources import Source

    def search() -> object:
        with tempfile.TemporaryDirectory() as scratch, database(scratch, [path]) as opened:
            found = look(opened, Source(path, "parquet"), Wish())
        assert len(found.slices.found) == 2, found.slices
        return found

    return search


def _join(a: str, b: str) -> Callable[[], object]:
    from runlore.insight.samples import comparing
    from runlore.insight.samples.duck import database
    from runlore.insight.samples.judged import judged
    from runlore.insight.samples.looking import Wish
    from runlore.insight.samples.sources import Source, relation

    scratch = tempfile.mkdtemp()
    held = database(scratch, [a, b])
    opened = held.__enter__()
    asked = comparing._asked(
        opened, (relation(opened, Source(a, "parquet"), "a"), relation(opened, Source(b, "parquet"), "b")), Wish()
    )
    for each in asked:
        _hash(opened, each.table.name, each.key)
    for each, name in zip(asked, ("judged_a", "judged_b"), strict=True):
        judged(opened, each, name, sliced=False, paired=True)

    def join() -> object:
        return comparing._join(opened, asked[1].judgement, comparing._together(opened, asked), ()), held

    return join


def _hash(opened: "Database", table: str, key: str) -> None:
    """What the ids are compared by is made while they are read, and yet belongs to the join."""
    if key.startswith("hash"):
        opened.run(f"CREATE TABLE ids AS SELECT c0 FROM {table}")
        began = time.perf_counter(), time.process_time()
        opened.row(f"SELECT bit_xor({key}) FROM ids")
        spent.append((time.perf_counter() - began[0], time.process_time() - began[1]))
        opened.run("DROP TABLE ids")


def _merge(a: str, b: str) -> Callable[[], object]:
    import pandas as pd

    left, right = pd.read_parquet(a), pd.read_parquet(b)
    return lambda: left.merge(right, on="id")


if __name__ == "__main__":
    sides: dict[str, Callable[..., Callable[[], object]]] = {"search": _search, "join": _join, "merge": _merge}
    work = sides[sys.argv[1]](*sys.argv[2:])
    wall, cpu = time.perf_counter(), time.process_time()
    kept = work()
    spent.append((time.perf_counter() - wall, time.process_time() - cpu))
    print(*map(sum, zip(*spent, strict=True)), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10)
