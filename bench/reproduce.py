"""What it costs to repeat a trivial run whose environment is made already, over the command itself."""

import os
import subprocess
import sys
from collections.abc import Iterator

from measure import MLRUN, Command, Row, bare_start, compare, environ, finish, milliseconds, scratch

_ROUNDS = 11
_LIMIT = 40


def measure() -> Iterator[Row]:
    with scratch() as folder:
        project, venv = f"{folder}/project", f"{folder}/venv"
        os.makedirs(project)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
        variables = {**environ(folder), "PATH": f"{venv}/bin:/usr/bin:/bin", "VIRTUAL_ENV": venv, "TMPDIR": folder}
        with open(f"{project}/train.py", "w", encoding="utf-8") as file:
            file.write("print('loss=0.5')\n")
        subprocess.run(["git", "init", "-q"], cwd=project, env=variables, check=True)
        first = [MLRUN, "exec", "--name", "first", "--", "python", "train.py"]
        subprocess.run(first, cwd=project, env=variables, check=True, capture_output=True)
        costs = compare(
            {
                "bare": bare_start(project, variables),
                "command": Command((f"{venv}/bin/python", "train.py"), project, variables),
                "reproduce": Command((MLRUN, "reproduce", "first"), project, variables),
                "check": Command((MLRUN, "reproduce", "first", "--check"), project, variables),
            },
            rounds=_ROUNDS,
        )
    bare, command = costs["bare"], costs["command"]
    beside = f"bare start {milliseconds(bare.cpu)} CPU, {milliseconds(bare.wall)}"
    for name, limit in (("reproduce", _LIMIT), ("check", None)):
        cost = costs[name]
        over = command if name == "reproduce" else bare._replace(cpu=0.0, wall=0.0)
        ours = f"{milliseconds(cost.cpu - over.cpu)} CPU, {milliseconds(cost.wall - over.wall)}"
        what = "reproduce, over the command" if name == "reproduce" else "reproduce --check"
        yield Row(f"{what}: CPU", ours, beside, (cost.cpu - over.cpu) / bare.cpu, limit)
        yield Row(f"{what}: time", ours, beside, (cost.wall - over.wall) / bare.wall, limit)


if __name__ == "__main__":
    finish(list(measure()))
