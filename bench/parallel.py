"""Eight runs at once in one folder: eight records, none of them wrong.

Not named after what it does, since a `concurrent.py` beside the scripts would hide Python's own.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping

from measure import MLRUN, Row, environ, finish, scratch

_RUNS = 8
_SCRIPT = """import sys, time
number = int(sys.argv[1])
for step in range(5):
    print(f"run {number} step {step}", flush=True)
    time.sleep(0.05)
sys.exit(number % 3)
"""


def measure() -> Iterator[Row]:
    with scratch() as home:
        folder, variables = os.path.join(home, "project"), environ(home)
        os.mkdir(folder)
        with open(f"{folder}/train.py", "w", encoding="utf-8") as file:
            file.write(_SCRIPT)
        started = time.perf_counter()
        for number in range(_RUNS):
            _wait(_start(folder, variables, number), number)
        one_by_one = time.perf_counter() - started
        for attempt in ("in a store with runs", "in a folder without a store"):
            if attempt != "in a store with runs":
                os.rename(f"{folder}/.mlrun", f"{home}/earlier")
            before = set(_listed(folder, variables)) if os.path.exists(f"{folder}/.mlrun") else set()
            started = time.perf_counter()
            for number, process in [(number, _start(folder, variables, number)) for number in range(_RUNS)]:
                _wait(process, number)
            took = time.perf_counter() - started
            right = _right(folder, variables, before)
            ours = f"{right} right records of {_RUNS} in {took:.2f} s"
            beside = f"one by one {one_by_one:.2f} s"
            yield Row(f"{_RUNS} exec at once {attempt}", ours, beside, right / _RUNS, 1, least=True)


def _start(folder: str, variables: Mapping[str, str], number: int) -> "subprocess.Popen[bytes]":
    command = (MLRUN, "exec", "-q", "-n", f"number-{number}", "train.py", str(number))
    return subprocess.Popen(command, cwd=folder, env=variables, stdout=subprocess.PIPE)


def _wait(process: "subprocess.Popen[bytes]", number: int) -> None:
    """Wait for its end; its status and what it printed must be the script's own."""
    printed = process.communicate()[0].decode()
    assert (process.returncode, printed) == (number % 3, _printed(number)), (number, process.returncode, printed)


def _printed(number: int) -> str:
    return "".join(f"run {number} step {step}\n" for step in range(5))


def _right(folder: str, variables: Mapping[str, str], before: set[str]) -> int:
    """How many of the new records say what happened; 0 if there are more than there were runs, or fsck complains."""
    new = [run for run in _listed(folder, variables) if run not in before]
    if (
        len(new) != _RUNS
        or subprocess.run((MLRUN, "fsck"), cwd=folder, env=variables, check=False, stdout=subprocess.DEVNULL).returncode
    ):
        return 0
    return len({number for run in new if (number := _number(folder, variables, run)) is not None})


def _number(folder: str, variables: Mapping[str, str], run: str) -> int | None:
    """Which run of ours a record is of; ``None`` if anything in it is of another one."""
    found = json.loads(_ask(folder, variables, "show", run, "--json"))["data"]
    number = int(found["name"].removeprefix("number-"))
    expected = (["train.py", str(number)], number % 3, "failed" if number % 3 else "succeeded")
    same = (found["command"]["argv"], found["exit_code"], found["state"]) == expected
    return number if same and _ask(folder, variables, "show", run, "--log") == _printed(number) else None


def _listed(folder: str, variables: Mapping[str, str]) -> list[str]:
    found = json.loads(_ask(folder, variables, "list", "-n", "0", "--json"))
    return [run["id"] for run in found["data"]["runs"]]


def _ask(folder: str, variables: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run((MLRUN, *arguments), cwd=folder, env=variables, check=True, capture_output=True, text=True)
    return done.stdout


if __name__ == "__main__":
    finish(list(measure()))
