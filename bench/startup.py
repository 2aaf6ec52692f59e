"""How long it takes until mlrun answers, in starts of a Python that does nothing."""

import os
import sys
from collections.abc import Iterator

from measure import MLRUN, Command, Row, bare_start, compare, environ, finish, milliseconds, scratch
from synthesis import make_runs

_RUNS = 10_000
_ROUNDS = 15
_LIMITS = {"--version": 3, "list --json": 9, "list on a terminal": 14}


def measure() -> Iterator[Row]:
    with scratch() as folder:
        variables = environ(folder)
        make_runs(os.path.join(folder, ".mlrun"), _RUNS)
        commands = {
            "bare": bare_start(folder, variables),
            "--version": Command((MLRUN, "--version"), folder, variables),
            "--help": Command((MLRUN, "--help"), folder, variables),
            "list --json": Command((MLRUN, "list", "--json"), folder, variables),
            "list on a terminal": Command((MLRUN, "list"), folder, variables, terminal=True),
            "show --json": Command((MLRUN, "show", "--json"), folder, variables),
        }
        costs = compare(commands, rounds=_ROUNDS)
    bare = costs.pop("bare").cpu
    for name, cost in costs.items():
        ours = f"{milliseconds(cost.cpu)} CPU, {milliseconds(cost.wall)}"
        yield Row(f"mlrun {name}", ours, f"bare start {milliseconds(bare)} CPU", cost.cpu / bare, _LIMITS.get(name))


if __name__ == "__main__":
    print(f"of a store of {_RUNS} runs, the newest 20", file=sys.stderr)
    finish(list(measure()))
