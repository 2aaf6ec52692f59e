"""What `diff` costs: two runs with 5,000 code files and 100,000 inputs each, of which ten differ.

The inputs are a folder of data, declared as such. Beside it are 20,000 that the runs were seen to read.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping

from measure import MLRUN, Command, Cost, Row, bare_start, compare, environ, finish, milliseconds, scratch

_CODE, _INPUTS, _READ = 5_000, 100_000, 20_000
_DIFFERENT = 10
_FOLDER = 250
_ROUNDS = 7
_LIMIT, _MEMORY = 60, 300 << 20
_READER = f"for at in range({_READ}): open(f'data/{{at // {_FOLDER}}}/{{at}}.txt').read()\n"


def measure() -> Iterator[Row]:
    with scratch() as folder:
        variables = {**environ(folder), "TMPDIR": folder}
        declared = _project(f"{folder}/declared", variables, _INPUTS, "--data", "data", "--", "true")
        read = _project(f"{folder}/read", variables, _READ, "train.py")
        costs = compare(
            {
                "bare": bare_start(declared, variables),
                "declared": Command((MLRUN, "diff", "@~1", "@"), declared, variables),
                "read": Command((MLRUN, "diff", "@~1", "@"), read, variables),
            },
            rounds=_ROUNDS,
        )
    yield from _rows(f"diff, {_CODE:,} code files, {_INPUTS:,} inputs", costs["declared"], costs["bare"], _LIMIT)
    yield from _rows(f"diff, the same, {_READ:,} inputs seen", costs["read"], costs["bare"], None)


def _rows(what: str, cost: Cost, bare: Cost, limit: float | None) -> Iterator[Row]:
    yield Row(
        f"{what}: CPU", milliseconds(cost.cpu), f"bare start {milliseconds(bare.cpu)}", cost.cpu / bare.cpu, limit
    )
    most = f"{_MEMORY >> 20} MiB"
    yield Row(f"{what}: memory", f"{cost.memory >> 20} MiB", most, cost.memory / _MEMORY, 1.0 if limit else None)


def _project(folder: str, variables: Mapping[str, str], inputs: int, *words: str) -> str:
    """A project with two runs, ten of whose code files and ten of whose inputs differ."""
    _fill(f"{folder}/src", _CODE, "py")
    _fill(f"{folder}/data", inputs, "txt")
    _write(f"{folder}/train.py", _READER)
    _write(f"{folder}/.gitignore", "data\n")
    subprocess.run(["git", "init", "-q"], cwd=folder, env=variables, check=True)
    for _ in range(2):
        subprocess.run([MLRUN, "exec", *words], cwd=folder, env=variables, check=True, capture_output=True)
        for at in range(_DIFFERENT):
            _write(f"{folder}/src/{at}/{at * _FOLDER}.py", f"value = {at}\nother = 1\n")
            _write(f"{folder}/data/{at}/{at * _FOLDER}.txt", f"another {at}\n")
    _check(folder, variables)
    return folder


def _check(folder: str, variables: Mapping[str, str]) -> None:
    """That what is measured is what it says."""
    done = subprocess.run([MLRUN, "diff", "--json"], cwd=folder, env=variables, check=True, capture_output=True)
    data = json.loads(done.stdout)["data"]
    found = len(data["code"]["files"]), len(data["inputs"]["changed"])
    assert found == (_DIFFERENT, _DIFFERENT), found


def _fill(folder: str, files: int, suffix: str) -> None:
    for at in range(files):
        if at % _FOLDER == 0:
            os.makedirs(f"{folder}/{at // _FOLDER}")
        _write(f"{folder}/{at // _FOLDER}/{at}.{suffix}", f"value = {at}\n")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    finish(list(measure()))
