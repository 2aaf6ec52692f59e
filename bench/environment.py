"""An environment made again from its record, beside a bare `uv pip sync` of the same list, both from uv's warm cache.

    .venv/bin/python bench/environment.py [PYTHON]

PYTHON is the interpreter of an environment with the packages to take; without it ours.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

from measure import Row, finish, milliseconds, scratch

from runlore.capture.environment import read_environment
from runlore.execute.environment import requirements
from runlore.execute.environment.index import sources
from runlore.execute.environment.interpreter import base_of
from runlore.execute.environment.rebuild import rebuild
from runlore.execute.environment.report import report_of
from runlore.execute.environment.uv import find_uv
from runlore.records.environment import Environment, encode_environment
from runlore.store.store import Store

ROUNDS = 7
LIMIT = 1.5


def recorded(python: str) -> Environment:
    report = report_of(python, os.environ)
    assert report is not None
    found = read_environment(report, None)
    return found._replace(packages=tuple(each for each in found.packages if each.source is None))


def bare(folder: str, base: str, lines: list[str]) -> float:
    uv = find_uv()
    assert uv is not None
    where = sources(os.environ, folder)
    with open(f"{folder}/requirements.txt", "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)
    shutil.rmtree(f"{folder}/bare", ignore_errors=True)
    begun = time.perf_counter()
    for argv in (
        ["venv", "--no-project", "--python", base, f"{folder}/bare"],
        ["pip", "sync", *where.options, "--offline", "--python", f"{folder}/bare/bin/python", "requirements.txt"],
    ):
        subprocess.run([uv, "--quiet", *argv], cwd=folder, env=dict(where.environ), check=True)
    return time.perf_counter() - begun


def measure(python: str = sys.executable) -> Iterator[Row]:
    environment, base = recorded(python), base_of(python)
    assert base is not None
    lines = list(requirements.split(environment.packages, ())[0].values())
    with scratch() as folder, Store.create(os.path.join(folder, ".mlrun")) as store:
        with store.writer() as writer:
            oid = writer.add_record(encode_environment(environment))
        bares, ours, again = [], [], []
        for number in range(ROUNDS + 1):  # the first one warms the cache
            shutil.rmtree(store.layout.envs, ignore_errors=True)
            begun = time.perf_counter()
            rebuild(store, oid, (), environ=os.environ, interpreter=python)
            middle = time.perf_counter()
            rebuild(store, oid, (), environ=os.environ, interpreter=python)
            end = time.perf_counter()
            took = bare(folder, base, lines)
            if number:
                bares.append(took)
                ours.append(middle - begun)
                again.append(end - middle)
    first, second = statistics.median(bares), statistics.median(ours)
    beside = f"uv venv and uv pip sync {milliseconds(first)}"
    yield Row(f"environment of {len(lines)} packages", milliseconds(second), beside, second / first, LIMIT)
    yield Row("the same once more", milliseconds(statistics.median(again)))


if __name__ == "__main__":
    finish(list(measure(*sys.argv[1:2])))
