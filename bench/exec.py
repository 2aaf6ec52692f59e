"""What `mlrun exec` adds to a command, in starts of a Python that does nothing and in runs of `git status`."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping

from measure import MLRUN, PYTHON, Command, Cost, Row, bare_start, compare, environ, finish, milliseconds, scratch
from synthesis import make_runs

_ROUNDS = 15
_RUNS = 10_000
_LIMIT = 10
_STATUS_LIMIT = 3
_OLD_ENOUGH = 2.2
"""Seconds after which neither git nor mlrun takes a file for one that may have changed within its time stamp."""


def measure() -> Iterator[Row]:
    with scratch() as folder:
        yield from _small(os.path.join(folder, "small"), environ(folder))
        yield from _large(os.path.join(folder, "large"), environ(folder))
        yield from _after_many(os.path.join(folder, "many"), environ(folder))


def _small(folder: str, variables: Mapping[str, str]) -> Iterator[Row]:
    """A repository of ten files: at most ten bare starts, in CPU and in time."""
    _make_repository(folder, variables, folders=1, files=10)
    costs = compare(_commands(folder, variables), rounds=_ROUNDS)
    cpu, wall = _overhead(costs)
    bare = costs["bare"]
    fresh = _first(folder, variables)
    yield Row("exec, 10 files, no store yet: CPU", milliseconds(fresh.cpu), _beside(bare.cpu), fresh.cpu / bare.cpu)
    yield Row("exec, 10 files: CPU", milliseconds(cpu), _beside(bare.cpu), cpu / bare.cpu, _LIMIT)
    yield Row("exec, 10 files: time", milliseconds(wall), _beside(bare.wall), wall / bare.wall, _LIMIT)


def _first(folder: str, variables: Mapping[str, str]) -> Cost:
    """The very first run, in which the packages of the environment are read; all of it, and not only the overhead."""
    exec_ = _commands(folder, variables)["exec"]
    return compare({"first": exec_._replace(before=lambda: shutil.rmtree(f"{folder}/.mlrun"))}, rounds=_ROUNDS)["first"]


def _beside(bare: float) -> str:
    return f"bare start {milliseconds(bare)}"


def _large(folder: str, variables: Mapping[str, str]) -> Iterator[Row]:
    """A repository of 5,000 files, unchanged since the last run: at most that and three times `git status`."""
    _make_repository(folder, variables, folders=50, files=100)
    commands = _commands(folder, variables) | {"status": Command(("git", "status"), folder, variables)}
    costs = compare(commands, rounds=_ROUNDS)
    bare, status = costs["bare"], costs["status"]
    allowed = [_LIMIT * bare.cpu + _STATUS_LIMIT * status.cpu, _LIMIT * bare.wall + _STATUS_LIMIT * status.wall]
    used = [status.cpu, status.wall]
    for kind, ours, git, most in zip(("CPU", "time"), _overhead(costs), used, allowed, strict=True):
        beside = f"{_LIMIT} starts + {_STATUS_LIMIT} git status ({milliseconds(git)}) = {milliseconds(most)}"
        yield Row(f"exec, 5,000 files: {kind}", milliseconds(ours), beside, ours / most, 1)


def _after_many(folder: str, variables: Mapping[str, str]) -> Iterator[Row]:
    """The small repository with 10,000 runs on record: the cost of a long history."""
    _make_repository(folder, variables, folders=1, files=10)
    make_runs(os.path.join(folder, ".mlrun"), _RUNS)
    costs = compare(_commands(folder, variables), rounds=_ROUNDS)
    cpu, _ = _overhead(costs)
    bare = costs["bare"].cpu
    yield Row(f"exec after {_RUNS:,} runs: CPU", milliseconds(cpu), _beside(bare), cpu / bare)


def _overhead(costs: Mapping[str, Cost]) -> tuple[float, float]:
    """Seconds of CPU and of time that `exec` took more than the command alone."""
    return costs["exec"].cpu - costs["alone"].cpu, costs["exec"].wall - costs["alone"].wall


def _commands(folder: str, variables: Mapping[str, str]) -> dict[str, Command]:
    return {
        "bare": bare_start(folder, variables),
        "alone": Command((PYTHON, "train.py"), folder, variables),
        "exec": Command((MLRUN, "exec", "train.py"), folder, variables),
    }


def _make_repository(top: str, variables: Mapping[str, str], *, folders: int, files: int) -> None:
    """A committed script that prints a line, and other files, ``files`` in each of ``folders``."""
    for number in range(folders):
        os.makedirs(f"{top}/package{number}")
        for each in range(files):
            with open(f"{top}/package{number}/module{each}.py", "w", encoding="utf-8") as file:
                file.write(f"VALUE = {number * files + each}\n" * 60)
    with open(f"{top}/train.py", "w", encoding="utf-8") as file:
        file.write("print('trained')\n")
    time.sleep(_OLD_ENOUGH)
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "first")):
        subprocess.run(("git", *arguments), cwd=top, env=variables, check=True)


if __name__ == "__main__":
    finish(list(measure()))
