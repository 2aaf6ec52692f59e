"""Two real runs of a small project that differ in several things, and what `why` says of them."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.cli.place import Place, Result
from tests.execute.wheels import Machine, wheel


class Pair:
    """A project with an environment of its own, in which what is named ``train.py`` is run twice."""

    def __init__(self, folder: Path) -> None:
        self.machine = Machine(folder)
        for name in ("project", "scratch"):
            (folder / name).mkdir()
        self.folder = folder
        self.place = Place(os.fspath(folder / "project"), os.fspath(self.machine.home))
        self.python = self.machine.environment()
        path = f"{self.python.parent}:{self.machine.environ['PATH']}"
        self.place.env |= {**self.machine.environ, "PATH": path, "TMPDIR": os.fspath(folder / "scratch")}
        self.place.write(".gitignore", "data/\nmetrics.json\n")
        self.place.sign("Ann")

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            self.place.write(name, text)

    def offer(self, name: str, version: str, source: str) -> None:
        """Put a version of a package where the index is, and install it."""
        wheel(self.machine.wheels, name, version, {f"{name}.py": source})
        self.machine.install(self.python, f"{name}=={version}")

    def exec(self, name: str, *words: str, env: Mapping[str, str] | None = None) -> None:
        done = self.place.mlrun("exec", "-q", "-n", name, "--", "train.py", *words, env=env)
        assert done.status == 0, done.err

    def why(self, *words: str, status: int = 0) -> dict[str, Any]:
        done = self.asked(*words, status=status)
        found: dict[str, Any] = json.loads(done.out)["data"]
        return found

    def asked(self, *words: str, status: int = 0) -> Result:
        done = self.place.mlrun("why", "a", "b", "--json", "--jobs", "2", *words)
        assert done.status == status, (done.status, done.out, done.err)
        assert "Traceback" not in done.err
        assert [name for name in os.listdir(self.folder / "scratch") if name.startswith("mlrun-")] == []
        return done

    def runs(self) -> int:
        return len(os.listdir(f"{self.place.folder}/.mlrun/runs"))


def guilty(found: Mapping[str, Any]) -> list[list[str]]:
    """What is to blame, each cause by the names of its differences."""
    return [cause["differences"] for cause in found["causes"]]


def count(found: Mapping[str, Any]) -> int:
    """How many differences there were, those that are made of others counted as these."""
    return sum(1 for each in found["differences"] if not each["finer"])
