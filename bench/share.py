"""What it costs to send runs to a folder and to bring them back, beside rsync and cp.

A push searches, reads, verifies, packs, and waits until the disk has it, which rsync and cp do not; so they are given a
`sync` of the file system. Remotes with a server have their own benchmark.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping

from finished import record, write_large, write_small
from measure import MLRUN, Command, Row, bare_start, compare, environ, finish, run, scratch
from synthesis import make_runs

_FILES, _SIZE = 10_000, 4096
_GIB = 1 << 30
_RUNS = 10_000
_ROUNDS = 5
_RSYNC, _COPY = 1.0, 0.8
_LIGHT = 10 << 20


def measure() -> Iterator[Row]:
    with scratch() as folder:
        yield from _many_small(folder, environ(folder))
    with scratch() as folder:
        yield from _one_large(folder, environ(folder))
    with scratch() as folder:
        yield from _many_runs(folder, environ(folder))


def _many_small(folder: str, variables: Mapping[str, str]) -> Iterator[Row]:
    """A run that made ten thousand files."""
    write_small(f"{folder}/files", _FILES, _SIZE)
    record(f"{folder}/project", f"{folder}/files")
    costs = compare(
        {
            "push": _push(folder, variables),
            "rsync": _other(folder, variables, f"rsync -a {folder}/files/ {folder}/other && sync -f {folder}/other"),
            "cp": _other(folder, variables, f"cp -r {folder}/files {folder}/other && sync -f {folder}/other"),
        },
        rounds=_ROUNDS,
    )
    for name, limit in (("rsync", _RSYNC), ("cp", None)):
        beside = f"{name}: {costs[name].wall:.2f} s"
        ratio = costs[name].wall / costs["push"].wall
        yield Row("push 10,000 x 4 KiB to a folder", f"{costs['push'].wall:.2f} s", beside, ratio, limit, least=True)
    again = compare({"push": Command((MLRUN, "push"), f"{folder}/project", variables),
                     "start": bare_start(folder, variables)}, rounds=_ROUNDS)  # fmt: skip
    ratio = again["push"].cpu / again["start"].cpu
    yield Row("push with nothing new", f"{again['push'].cpu * 1000:.0f} ms CPU", "bare starts", ratio)


def _one_large(folder: str, variables: Mapping[str, str]) -> Iterator[Row]:
    write_large(f"{folder}/files", _GIB)
    record(f"{folder}/project", f"{folder}/files")
    costs = compare(
        {
            "push": _push(folder, variables),
            "cp": _other(folder, variables, f"cp {folder}/files/large {folder}/other && sync {folder}/other"),
        },
        rounds=_ROUNDS,
    )
    speeds = {name: 1 / cost.wall for name, cost in costs.items()}
    ratio = speeds["push"] / speeds["cp"]
    ours, beside = f"{speeds['push']:.2f} GiB/s", f"cp: {speeds['cp']:.2f} GiB/s"
    yield Row("push of 1 GiB to a folder", ours, beside, ratio, _COPY, least=True)
    yield Row("its memory", f"{costs['push'].memory >> 20} MiB", "MiB", costs["push"].memory / (1 << 20), 300)


def _many_runs(folder: str, variables: Mapping[str, str]) -> Iterator[Row]:
    """The records of ten thousand runs, as somebody has pushed them at once."""
    os.makedirs(f"{folder}/project")
    make_runs(f"{folder}/project/.mlrun", _RUNS)
    _add_remote(folder, variables)
    pushed = run(Command((MLRUN, "push"), f"{folder}/project", variables))
    sizes = {name: os.path.getsize(f"{folder}/remote/index/{name}") for name in os.listdir(f"{folder}/remote/index")}
    light = sum(size for name, size in sizes.items() if name.endswith(".records"))
    cloned = run(Command((MLRUN, "clone", f"{folder}/remote", f"{folder}/clone"), folder, variables))
    done = subprocess.run((MLRUN, "list", "-n", "0", "--json"), cwd=f"{folder}/clone", env=variables,
                          stdout=subprocess.PIPE, check=True)  # fmt: skip
    assert len(json.loads(done.stdout)["data"]["runs"]) == _RUNS
    yield Row("push of the records of 10,000 runs", f"{pushed.wall:.1f} s, {pushed.memory >> 20} MiB")
    yield Row("clone of the records of 10,000 runs", f"{cloned.wall:.1f} s, {cloned.memory >> 20} MiB")
    files = f"{sum(name.endswith('.records') for name in sizes)} records files"
    yield Row("bytes that they take", f"{light / (1 << 20):.1f} MiB in {files}", "of 10 MiB", light / _LIGHT, 1)


def _push(folder: str, variables: Mapping[str, str]) -> Command:
    """To an empty remote, each time."""
    _add_remote(folder, variables)

    def empty() -> None:
        shutil.rmtree(f"{folder}/remote", ignore_errors=True)
        shutil.rmtree(f"{folder}/project/.mlrun/cache/remotes", ignore_errors=True)
        os.sync()

    return Command((MLRUN, "push"), f"{folder}/project", variables, before=empty)


def _add_remote(folder: str, variables: Mapping[str, str]) -> None:
    words = (MLRUN, "remote", "add", "origin", f"{folder}/remote")
    subprocess.run(words, cwd=f"{folder}/project", env=variables, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)  # fmt: skip


def _other(folder: str, variables: Mapping[str, str], line: str) -> Command:
    def empty() -> None:
        subprocess.run(("rm", "-rf", f"{folder}/other"), check=True)
        os.sync()

    return Command(("sh", "-c", line), folder, variables, before=empty)


if __name__ == "__main__":
    finish(list(measure()))
