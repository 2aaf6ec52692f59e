"""One side of `bench/samples.py`, in a process of its own: prints its seconds and its peak memory in bytes.

``search FILE`` and ``join A B`` are ours, ``merge A B`` is pandas'. Reading is not timed, but for a search.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable


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
    for each, name in zip(asked, ("judged_a", "judged_b"), strict=True):
        judged(opened, each, name, sliced=False, paired=True)

    def join() -> object:
        return comparing._join(opened, asked[1].judgement, comparing._together(opened, asked), ()), held

    return join


def _merge(a: str, b: str) -> Callable[[], object]:
    import pandas as pd

    left, right = pd.read_parquet(a), pd.read_parquet(b)
    return lambda: left.merge(right, on="id")


if __name__ == "__main__":
    sides: dict[str, Callable[..., Callable[[], object]]] = {"search": _search, "join": _join, "merge": _merge}
    work = sides[sys.argv[1]](*sys.argv[2:])
    wall, cpu = time.perf_counter(), time.process_time()
    kept = work()
    print(
        time.perf_counter() - wall, time.process_time() - cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    )
