"""What it costs to bring a run back: 10,000 small files, and one of 1 GiB, beside `cp` of the same.

`mlrun checkout` less the same of a run without data; `cp -r` less a start of `true`. Ours reads the store, checks
every byte against its id, and writes.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping

from measure import MLRUN, Command, Cost, Row, compare, environ, finish, scratch

_FOLDERS, _FILES, _SIZE = 100, 100, 4096
_GIB = 1 << 30
_ROUNDS = 3
_SMALL, _LARGE = 3.0, 4.0


def measure() -> Iterator[Row]:
    with scratch() as folder:
        _make_small(f"{folder}/data")
        yield _beside_cp("checkout of 10,000 files of 4 KiB", folder, environ(folder), _SMALL)
    with scratch() as folder:
        _make_large(f"{folder}/data")
        yield _beside_cp("checkout of 1 GiB", folder, environ(folder), _LARGE)


def _beside_cp(what: str, folder: str, variables: Mapping[str, str], limit: float) -> Row:
    project, again = f"{folder}/project", f"{folder}/again"
    os.mkdir(project)

    def mlrun(*args: str) -> None:
        subprocess.run((MLRUN, *args), cwd=project, env=variables, check=True, stdout=subprocess.DEVNULL)

    mlrun("init")
    mlrun("config", "data.store", "all")
    mlrun("exec", "-q", "-n", "without", "--trace", "off", "true")
    os.rename(f"{folder}/data", f"{project}/data")
    mlrun("exec", "-q", "-n", "with", "--trace", "off", "--data", "data", "true")

    def clear() -> None:
        shutil.rmtree(again, ignore_errors=True)

    costs = compare(
        {
            "alone": Command((MLRUN, "checkout", "without", again), project, variables, before=clear),
            "ours": Command((MLRUN, "checkout", "with", again), project, variables, before=clear),
            "true": Command(("true",), project, variables),
            "cp": Command(("cp", "-r", "data", again), project, variables, before=clear),
        },
        rounds=_ROUNDS,
    )
    ours, beside = _less(costs["ours"], costs["alone"]), _less(costs["cp"], costs["true"])
    return Row(what, _told(ours), f"cp -r: {_told(beside)}", ours.cpu / beside.cpu, limit)


def _make_small(data: str) -> None:
    for number in range(_FOLDERS):
        os.makedirs(f"{data}/{number:03}")
        for name in range(_FILES):
            with open(f"{data}/{number:03}/{name:03}", "wb") as file:
                file.write(os.urandom(_SIZE))


def _make_large(data: str) -> None:
    os.mkdir(data)
    noise = os.urandom(1 << 20)
    with open(f"{data}/large", "wb") as file:
        file.writelines(number.to_bytes(8, "little") + noise[8:] for number in range(_GIB // len(noise)))


def _less(cost: Cost, start: Cost) -> Cost:
    return Cost(cost.cpu - start.cpu, cost.wall - start.wall, cost.memory)


def _told(cost: Cost) -> str:
    return f"{cost.cpu:.2f} s CPU, {cost.wall:.2f} s, {cost.memory >> 20} MiB"


if __name__ == "__main__":
    finish([*measure()])
