"""Real training scripts, run in a dirty project, which is deleted, and then repeated from the store alone: a table.

    python bench/reproduced.py [NAME...]

NAMEs are parts of names of `repeats.CASES`. Environments are made with uv, as your pip or uv is set up.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from measure import scratch
from repeats import CASES, Case, Sandbox, make

from runlore.execute.environment.index import Sources, sources
from runlore.execute.environment.uv import find_uv


class Row(NamedTuple):
    """A case, its verdict, what is not identical, and the seconds that it took to repeat it."""

    name: str
    verdict: str
    why: tuple[str, ...]
    took: float

    def __str__(self) -> str:
        return f"| {self.name} | {self.verdict} | {'; '.join(self.why)} | {self.took:.1f} s |"


class Bench:
    """Environments, and a folder for everything."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._sources: Sources = sources(os.environ, folder)
        self._uv = find_uv() or "uv"
        self._shared = f"{folder}/venv"

    def prepare(self, cases: Iterable[Case]) -> None:
        """Make the environment that most cases run in."""
        wanted = sorted({each for case in cases for each in case.packages})
        self._environment(self._shared, wanted)

    def record(self, name: str, case: Case) -> Sandbox:
        """Run a case, and leave nothing of it but the store in a folder of its own."""
        root = f"{self._folder}/{list(CASES).index(name)}"
        os.makedirs(root)
        sandbox = make(root, f"{self._folder}/venv/bin/python")
        if case.venv is not None:
            wanted = ["--editable", f"{root}/{case.editable}"] if case.editable else []
            self._environment(f"{root}/{case.venv}", wanted)
            sandbox = sandbox._replace(python=f"{root}/{case.venv}/bin/python")
        words = ["exec", "--", *sandbox.words(case)]
        done = self._mlrun(sandbox, words, f"{root}/{case.into}")
        if done.returncode != case.status:
            raise RuntimeError(f"{name}: exit status {done.returncode}\n{done.stderr}")
        os.makedirs(f"{root}/alone")
        os.rename(f"{sandbox.project}/.mlrun", f"{root}/alone/.mlrun")
        for each in ("project", "outside", "tables", "home"):
            shutil.rmtree(f"{root}/{each}")
        os.makedirs(f"{root}/home")
        return sandbox

    def forget(self) -> None:
        """Delete the environment too."""
        shutil.rmtree(self._shared)

    def repeat(self, name: str, sandbox: Sandbox) -> Row:
        """Repeat what is in the store."""
        began = time.perf_counter()
        done = self._mlrun(sandbox, ["reproduce", "@", "--json"], f"{sandbox.root}/alone")
        took = time.perf_counter() - began
        if not done.stdout:
            return Row(name, f"status {done.returncode}", tuple(done.stderr.splitlines()[-3:]), took)
        found: dict[str, Any] = json.loads(done.stdout)["data"]
        strange = [each for each in found["checks"] if each["status"] not in {"identical", "ready"}]
        said = tuple(f"{each['part']} {each['status']}: {each['detail']}" for each in strange)
        return Row(name, found["verdict"], said, took)

    def _environment(self, folder: str, wanted: list[str]) -> None:
        for words in (
            ["venv", "--no-project", "--python", sys.executable, folder],
            ["pip", "install", *self._sources.options, "--python", f"{folder}/bin/python", *wanted],
        ):
            if words[0] == "venv" or wanted:
                subprocess.run([self._uv, "--quiet", *words], env=dict(self._sources.environ), check=True)

    def _mlrun(self, sandbox: Sandbox, words: list[str], folder: str) -> "subprocess.CompletedProcess[str]":
        where = {name: value for name, value in self._sources.environ.items() if name.startswith("UV_")}
        cache = os.environ.get("UV_CACHE_DIR") or os.path.expanduser("~/.cache/uv")
        command = [sys.executable, "-m", "runlore", *words]
        environ = {**sandbox.environ(), **where, "UV_CACHE_DIR": cache}
        return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


def main() -> None:
    wanted = {
        name: case
        for name, case in CASES.items()
        if not sys.argv[1:] or any(part.lower() in name.lower() for part in sys.argv[1:])
    }
    with scratch() as folder:
        bench = Bench(folder)
        bench.prepare(wanted.values())
        sandboxes = {name: bench.record(name, case) for name, case in wanted.items()}
        bench.forget()
        print("| script | verdict | what is not identical | took |\n|---|---|---|---|")
        rows = []
        for name, sandbox in sandboxes.items():
            rows.append(bench.repeat(name, sandbox))
            print(rows[-1], flush=True)
            shutil.rmtree(sandbox.root)
    same = sum(row.verdict in {"identical", "equal-metrics"} for row in rows)
    print(f"\n{same} of {len(rows)} identical or equal-metrics")


if __name__ == "__main__":
    main()
