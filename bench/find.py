"""What it costs to find runs among many, in starts of a Python that does nothing, and how that grows with their number.

``python bench/find.py [SMALL] [LARGE]``: runs in the two stores, 1,000 and 100,000 unless said otherwise.
"""

import math
import os
import sys
from collections.abc import Iterator, Mapping

from measure import MLRUN, Command, Cost, Row, bare_start, compare, environ, finish, milliseconds, run, scratch
from synthesis import make_runs

_ROUNDS = 5
_MOST_STARTS = 25
_MOST_MEMORY = 300 << 20
_LEAST_PER_SECOND = 5_000
_FILTER = "metrics.accuracy > 0.9 and params.lr < 0.1"
_WHOLE: Mapping[str, tuple[str, ...]] = {
    "list -n 0 --json": ("list", "-n", "0", "--json"),
    "list -n 0 --csv": ("list", "-n", "0", "--csv"),
    "list -n 0 in a pipe": ("list", "-n", "0"),
}
_ASKED: Mapping[str, tuple[str, ...]] = {
    "list -n 20": ("list", "-n", "20"),
    f"list --where '{_FILTER}' -n 20": ("list", "--where", _FILTER, "-n", "20"),
    "list --where 'metrics.accuracy > 0.995'": ("list", "--where", "metrics.accuracy > 0.995"),
    "list --where 'tag ~ best'": ("list", "--where", "tag ~ best"),
    "list --sort -metrics.accuracy": ("list", "--sort", "-metrics.accuracy"),
    "show @": ("show", "@"),
}


def measure(small: int = 1_000, large: int = 100_000) -> Iterator[Row]:
    with scratch() as folder:
        variables = environ(folder)
        costs = {}
        for count in (small, large):
            place = os.path.join(folder, str(count))
            make_runs(os.path.join(place, ".mlrun"), count)
            rebuilt = _rebuilt(place, variables)
            commands = {name: Command((MLRUN, *words), place, variables) for name, words in _ASKED.items()}
            costs[count] = compare({"bare": bare_start(place, variables), **commands}, rounds=_ROUNDS)
        whole = {name: run(Command((MLRUN, *words), place, variables)) for name, words in _WHOLE.items()}
        bare = costs[large]["bare"]
        yield _pace(large, rebuilt)
        yield _memory("rebuilding the index", rebuilt)
        for name in _ASKED:
            before, after = costs[small][name], costs[large][name]
            beside = f"bare start {milliseconds(bare.cpu)} CPU"
            yield Row(name, f"{milliseconds(after.cpu)} CPU", beside, after.cpu / bare.cpu, _MOST_STARTS)
            most = math.sqrt(large / small)
            beside = f"{milliseconds(before.cpu)} among {small:,}"
            yield Row(f"  growth from {small:,} to {large:,}", "", beside, after.cpu / before.cpu, most)
            yield _memory(name, after)
        for name, cost in whole.items():
            yield Row(f"{name}, {large:,} runs", f"{cost.cpu:.1f} s CPU")
            yield _memory(name, cost)


def _rebuilt(place: str, variables: Mapping[str, str]) -> Cost:
    """What a first look costs that finds no index."""
    os.unlink(os.path.join(place, ".mlrun", "cache", "index.db"))
    return run(Command((MLRUN, "list", "-n", "1"), place, variables))


def _pace(count: int, cost: Cost) -> Row:
    ours = f"{cost.wall:.1f} s, {cost.cpu:.1f} s CPU"
    pace = count / cost.wall
    return Row(f"index rebuilt from {count:,} runs, per second", ours, "", pace, _LEAST_PER_SECOND, least=True)


def _memory(name: str, cost: Cost) -> Row:
    return Row(f"  memory of {name}", f"{cost.memory >> 20} MiB", "300 MiB", cost.memory / _MOST_MEMORY, 1)


if __name__ == "__main__":
    finish(list(measure(*map(int, sys.argv[1:3]))))
