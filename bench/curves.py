"""A million points of one metric, drawn and written: on a terminal, as files and as tables."""

import importlib.util
import os
import subprocess
from collections.abc import Iterator

from measure import MLRUN, PYTHON, Command, Cost, Row, bare_start, compare, environ, finish, scratch

_POINTS = 1_000_000
_ROUNDS = 5
_LIMIT, _MEMORY = 80, 300 << 20
_TRAIN = f"""
import math, random, runlore
random.seed(0)
with open("points.csv", "w") as file:
    for step in range({_POINTS}):
        loss = math.exp(-step / 2e5) + random.gauss(0, 0.05)
        runlore.log(loss=loss, step=step)
        file.write(f"{{step}},{{loss!r}}\\n")
"""
_MATPLOTLIB = """
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import csv
steps, values = [], []
with open("points.csv", newline="") as file:
    for row in csv.reader(file):
        steps.append(int(row[0]))
        values.append(float(row[1]))
plt.figure(figsize=(9, 3))
plt.plot(steps, values)
plt.savefig("there.png", dpi=200)
"""


def measure() -> Iterator[Row]:
    with scratch() as folder:
        variables = environ(folder)
        _make(folder, variables)
        plot = (MLRUN, "plot", "@", "-m", "loss")
        commands = {
            "bare": bare_start(folder, variables),
            "plot on a terminal": Command(plot, folder, variables, terminal=True),
            "plot --smooth 0.9 on a terminal": Command((*plot, "--smooth", "0.9"), folder, variables, terminal=True),
            "plot --x time": Command((*plot, "--x", "time"), folder, variables),
            "plot -o curve.svg": Command((*plot, "-o", "curve.svg"), folder, variables),
            "metrics --last": Command((MLRUN, "metrics", "@", "--last"), folder, variables),
            "metrics, 50 rows": Command((MLRUN, "metrics", "@"), folder, variables),
            "metrics --csv": Command((MLRUN, "metrics", "@", "--csv"), folder, variables),
            "metrics --json": Command((MLRUN, "metrics", "@", "--json"), folder, variables),
        }
        if importlib.util.find_spec("PIL") is not None:
            commands["plot -o curve.png"] = Command((*plot, "-o", "curve.png"), folder, variables)
        if importlib.util.find_spec("matplotlib") is not None:
            commands["matplotlib"] = Command((PYTHON, "-c", _MATPLOTLIB), folder, variables)
        costs = compare(commands, rounds=_ROUNDS)
    bare, other = costs.pop("bare").cpu, costs.pop("matplotlib", None)
    for name, cost in costs.items():
        limit = _LIMIT if name == "plot on a terminal" else None
        yield Row(
            f"{name}, {_POINTS:,} points", _said(cost), f"bare start {bare * 1000:.1f} ms", cost.cpu / bare, limit
        )
        yield from _memory(name, cost)
    if other is not None:
        ours = costs["plot -o curve.svg"]
        yield Row("plot -o curve.svg", _said(ours), f"matplotlib from a CSV, PNG: {_said(other)}", ours.cpu / other.cpu)


def _memory(name: str, cost: Cost) -> Iterator[Row]:
    yield Row(f"{name}: memory", f"{cost.memory >> 20} MiB", "300 MiB", cost.memory / _MEMORY, 1)


def _said(cost: Cost) -> str:
    return f"{cost.cpu:.2f} s CPU, {cost.wall:.2f} s, {cost.memory >> 20} MiB"


def _make(folder: str, variables: dict[str, str]) -> None:
    """A run that logged them, and the same points as text."""
    with open(os.path.join(folder, "train.py"), "w", encoding="ascii") as file:
        file.write(_TRAIN)
    for words in (("init",), ("exec", "-q", "train.py")):
        subprocess.run((MLRUN, *words), cwd=folder, env=variables, stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    finish(list(measure()))
