"""What logging costs a training script: points of metrics, and `import runlore`, start included.

Each script writes all its points to one file in a process of its own, and its whole time counts. A line
written by hand is put out with every point, as it must be to survive a kill; one that stays in a buffer is
shown beside it. MLflow's SQLite store is measured with fewer points and scaled, if it can be imported.
"""

import importlib.util
import os
import sys
from collections.abc import Iterator

from measure import PYTHON, Command, Row, bare_start, compare, environ, finish, milliseconds, scratch

from runlore.probe.path import child_pythonpath

_POINTS = 1_000_000
_MLFLOW_POINTS = 300
_ROUNDS, _START_ROUNDS = 3, 25
_LOG_LIMIT, _MLFLOW_LIMIT, _START_LIMIT = 3, 20, 1.2
_BY_HAND = """
with open("points", "w") as file:
    for step in range({points}):
        file.write(f"{{step}} {{1 / (step + 1)}}\\n"){flush}
"""
_RUNLORE = """
import runlore
for step in range({points}):
    runlore.log(loss=1 / (step + 1), step=step)
"""
_MLFLOW = """
import os, mlflow
mlflow.set_tracking_uri("sqlite:///" + os.path.abspath("mlflow.db"))
with mlflow.start_run():
    for step in range({points}):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
"""


def measure() -> Iterator[Row]:
    with scratch() as folder:
        bare = environ(folder)
        journal = os.path.join(folder, "journal")
        watched = {**bare, "RUNLORE_JOURNAL": journal, "PYTHONPATH": child_pythonpath(None)}
        _empty(journal)
        yield from _starts(folder, bare, watched)
        yield from _points(folder, bare, watched)
        if importlib.util.find_spec("mlflow") is not None:
            yield _mlflow(folder, bare, watched)


def _empty(path: str) -> None:
    with open(path, "wb"):
        pass


def _starts(folder: str, bare: dict[str, str], watched: dict[str, str]) -> Iterator[Row]:
    """A script that does nothing but import, and one that also logs, over a Python without all of it."""
    scripts = {"import runlore": "import runlore", "import runlore, log": "import runlore; runlore.log(loss=1.0)"}
    commands = {name: Command((PYTHON, "-c", script), folder, watched) for name, script in scripts.items()}
    costs = compare({"bare": bare_start(folder, bare), **commands}, rounds=_START_ROUNDS)
    beside = costs.pop("bare")
    for name, cost in costs.items():
        limit = _START_LIMIT if name == "import runlore" else None
        yield Row(name, milliseconds(cost.cpu), f"bare start {milliseconds(beside.cpu)}", cost.cpu / beside.cpu, limit)


def _points(folder: str, bare: dict[str, str], watched: dict[str, str]) -> Iterator[Row]:
    journal = watched["RUNLORE_JOURNAL"]
    flushed = _BY_HAND.format(points=_POINTS, flush="; file.flush()")
    costs = compare(
        {
            "log": _script(folder, watched, _RUNLORE.format(points=_POINTS), journal),
            "flushed": _script(folder, bare, flushed, journal),
            "buffered": _script(folder, bare, _BY_HAND.format(points=_POINTS, flush=""), journal),
            "not in a run": _script(folder, bare, _RUNLORE.format(points=_POINTS), journal),
        },
        rounds=_ROUNDS,
    )
    ours = costs["log"].wall
    for name, limit in (("flushed", _LOG_LIMIT), ("buffered", None)):
        beside = costs[name].wall
        yield Row(f"log, {_POINTS:,} points", _each(ours), f"lines {name} {_each(beside)}", ours / beside, limit)
    idle = costs["not in a run"].wall
    yield Row("log outside a run", _each(idle), f"lines buffered {_each(costs['buffered'].wall)}")


def _mlflow(folder: str, bare: dict[str, str], watched: dict[str, str]) -> Row:
    """MLflow's points cost what a script takes that logs them, less what one takes that logs a single one."""
    journal = watched["RUNLORE_JOURNAL"]
    script = _RUNLORE.format(points=_POINTS)
    many, one = (_MLFLOW.format(points=points) for points in (_MLFLOW_POINTS + 1, 1))
    costs = compare(
        {
            "log": _script(folder, watched, script, journal),
            "many": _script(folder, bare, many, journal),
            "one": _script(folder, bare, one, journal),
        },
        rounds=_ROUNDS,
    )
    theirs = (costs["many"].wall - costs["one"].wall) / _MLFLOW_POINTS
    ours = costs["log"].wall / _POINTS
    return Row(
        "log beside MLflow on SQLite", _time(ours), f"MLflow {_time(theirs)}", theirs / ours, _MLFLOW_LIMIT, True
    )


def _script(folder: str, variables: dict[str, str], source: str, journal: str) -> Command:
    return Command((PYTHON, "-c", source), folder, variables, before=lambda: _empty(journal))


def _each(seconds: float) -> str:
    return f"{_time(seconds / _POINTS)} a point"


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.2f} us"


if __name__ == "__main__":
    if importlib.util.find_spec("mlflow") is None:
        print("MLflow cannot be imported here and is left out", file=sys.stderr)
    finish(list(measure()))
