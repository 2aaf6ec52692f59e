"""What it costs to take data in: a large file, and a hundred thousand small ones, the first time and again.

The snapshots are those of `mlrun exec --data`, less the same `exec` without it; what they are compared with
is a process of its own too, less a bare start. Tools that are not installed are left out.
"""

import json
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from measure import MLRUN, PYTHON, Command, Cost, Row, bare_start, compare, environ, finish, run, scratch

_GIB = 1 << 30
_FOLDERS, _FILES, _SIZE = 100, 1000, 4096
_ROUNDS = 5
_SPEED, _FIRST, _AGAIN = 0.8, 2.5, 2
_PIECES = (64 << 10, 1 << 20, 4 << 20, 16 << 20)
_WORK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "work.py")
_OLD_ENOUGH = 2.2
"""Seconds after which no tool takes a file for one that may have changed within its time stamp."""


class Tool(NamedTuple):
    """Another program that takes a folder in: how its store is made, and the command that fills it."""

    name: str
    make: tuple[str, ...]
    take: tuple[str, ...]


_TOOLS = (
    Tool("git", ("git", "init", "-q", "STORE"), ("git", "--git-dir=STORE/.git", "--work-tree=DATA", "add", "-A")),
    Tool(
        "restic",
        ("restic", "-q", "-r", "STORE", "init"),
        ("restic", "-q", "--no-cache", "-r", "STORE", "backup", "DATA"),
    ),
    Tool("borg", ("borg", "init", "-e", "none", "STORE"), ("borg", "create", "STORE::{now:%s%f}", "DATA")),
)


def measure() -> Iterator[Row]:
    with scratch() as folder:
        yield from _large_file(folder, environ(folder))
    with scratch() as folder:
        _make_files(f"{folder}/files")
        yield from small_files(folder, environ(folder))


def _large_file(folder: str, variables: Mapping[str, str]) -> Iterator[Row]:
    """Speed over a file of 2 GiB in the page cache, beside loops over buffered reads with the same threads."""
    path = f"{folder}/large.bin"
    noise = os.urandom(1 << 20)
    with open(path, "wb") as file:
        file.writelines(number.to_bytes(8, "little") + noise[8:] for number in range(2 * _GIB // len(noise)))
    seconds: dict[str, list[float]] = {name: [] for name in ("ours", *map(str, _PIECES))}
    for _ in range(_ROUNDS + 1):
        shutil.rmtree(f"{folder}/.mlrun", ignore_errors=True)
        for name, found in seconds.items():
            work = ("hash-ours", path, f"{folder}/.mlrun") if name == "ours" else ("hash-plain", path, name)
            done = subprocess.run((PYTHON, _WORK, *work), env=variables, stdout=subprocess.PIPE, check=True)
            found.append(json.loads(done.stdout))
    speeds = {name: 2 / statistics.median(found[1:]) for name, found in seconds.items()}
    ours = speeds.pop("ours")
    best = max(speeds.values())
    for name, speed in speeds.items():
        beside = f"BLAKE3, {int(name) >> 10} KiB reads: {speed:.1f} GiB/s"
        limit = _SPEED if speed == best else None
        yield Row("first hash of 2 GiB", f"{ours:.1f} GiB/s", beside, ours / speed, limit, least=True)


def small_files(folder: str, variables: Mapping[str, str]) -> Iterator[Row]:
    """CPU of the first and of an unchanged snapshot of 100,000 files of 4 KiB, all of them kept."""
    data, project = f"{folder}/files", f"{folder}/project"
    alone = Command((MLRUN, "exec", "-q", "true"), project, variables)
    take = Command((MLRUN, "exec", "-q", "--data", data, "true"), project, variables)
    fresh = take._replace(before=lambda: _fresh_store(project, alone))
    kept = f"{folder}/kept"
    _fresh_store(kept, alone._replace(folder=kept))
    again = take._replace(folder=kept)
    costs = compare(
        {
            "bare": bare_start(folder, variables),
            "walk": Command((PYTHON, _WORK, "walk", data), folder, variables),
            "read": Command((PYTHON, _WORK, "read", data, "-1"), folder, variables),
            "read unbuffered": Command((PYTHON, _WORK, "read", data, "0"), folder, variables),
            "first": fresh,
            "again": again,
            "alone": alone._replace(folder=kept),
        },
        rounds=_ROUNDS,
    )
    tools = [(tool.name, *_first_and_again(tool, folder, variables)) for tool in _TOOLS if shutil.which(tool.name)]
    first, unchanged = _less(costs["first"], costs["alone"]), _less(costs["again"], costs["alone"])
    what = "first snapshot of 100,000 files"
    for name, limit in (("read", None), ("read unbuffered", _FIRST)):  # the limit counts against the leanest loop
        beside = _less(costs[name], costs["bare"])
        yield Row(what, _told(first), f"{name} and hash: {_told(beside)}", first.cpu / beside.cpu, limit)
    for tool, cost, _ in tools:
        yield Row(what, _told(first), f"{tool}: {_told(cost)}", first.cpu / cost.cpu)
    what = "unchanged snapshot of 100,000 files"
    walk = _less(costs["walk"], costs["bare"])
    yield Row(what, _told(unchanged), f"scandir and stat: {_told(walk)}", unchanged.cpu / walk.cpu, _AGAIN)
    for tool, _, cost in tools:
        yield Row(what, _told(unchanged), f"{tool}: {_told(cost)}", unchanged.cpu / cost.cpu)


def _less(cost: Cost, start: Cost) -> Cost:
    return Cost(cost.cpu - start.cpu, cost.wall - start.wall, cost.memory)


def _told(cost: Cost) -> str:
    return f"{cost.cpu:.2f} s CPU, {cost.wall:.2f} s, {cost.memory >> 20} MiB"


def _first_and_again(tool: Tool, folder: str, variables: Mapping[str, str]) -> tuple[Cost, Cost]:
    """What the tool needs for the same folder, the first time and unchanged."""
    store = f"{folder}/{tool.name}"
    make, take = (tuple(_named(each, store, f"{folder}/files") for each in argv) for argv in tool[1:])
    subprocess.run(make, cwd=folder, env=variables, check=True, stdout=subprocess.DEVNULL)
    command = Command(take, folder, variables)
    costs = run(command), run(command)
    shutil.rmtree(store)
    return costs


def _named(argument: str, store: str, data: str) -> str:
    return argument.replace("STORE", store).replace("DATA", data)


def _fresh_store(project: str, alone: Command) -> None:
    """A store in which a run is on record and data is kept, and nothing of the data."""
    shutil.rmtree(project, ignore_errors=True)
    os.mkdir(project)
    run(alone)
    with open(f"{project}/.mlrun/config.toml", "w", encoding="utf-8") as file:
        file.write('[data]\nstore = "all"\n')
    run(alone)


def _make_files(folder: str) -> None:
    for number in range(_FOLDERS):
        os.makedirs(f"{folder}/{number:03}")
        for each in range(_FILES):
            with open(f"{folder}/{number:03}/{each:04}.bin", "wb") as file:
                file.write(os.urandom(_SIZE))
    time.sleep(_OLD_ENOUGH)


if __name__ == "__main__":
    finish(list(measure()))
