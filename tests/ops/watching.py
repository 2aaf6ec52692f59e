"""A project with data in every place that data can lie in, and what is on record of the commands that run in it."""

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.capture.gitrepo import Repo
from tests.cli.place import Place
from tests.ops.scenes import SCRIPT

from runlore.store.store import Store

IGNORED = "data/\nout/\nlocal.yaml\nignored.py\nwork/\n"


class Watch:
    """Runs scripts in the project and reads what is on record of them."""

    def __init__(self, place: Place, repo: Repo, outside: Path) -> None:
        self.place, self.repo, self.outside = place, repo, outside
        self.top = repo.top
        place.env["PYTHONPATH"] = os.fspath(outside / "lib")
        place.env["OUTSIDE"] = os.fspath(outside)
        repo.write(".gitignore", IGNORED)
        for name in ("data/train.csv", "data/old.txt", "data/sub/part.csv", "out/best.pt"):
            repo.write(name, f"{name}\n1,2\n")
        repo.write("local.yaml", "optimizer:\n  lr: 0.25\n")
        repo.write("settings.toml", "[train]\nsteps = 7\n")
        repo.write("settings.json", '{"depth": 3}')
        repo.write("ignored.py", "X = 3\n")
        (outside / "lib").mkdir(parents=True)
        (outside / "extra.csv").write_text("outside\n")
        (outside / "lib" / "elsewhere.py").write_text("Y = 4\n")
        with sqlite3.connect(self.top / "data/table.db") as database:
            database.execute("create table t (x)")
        database.close()
        repo.git("add", "-A")
        repo.git("commit", "-q", "-m", "scripts")
        self.before = {self.name(os.fspath(path)): path.read_bytes() for path in self._files()}

    def _files(self) -> list[Path]:
        return [path for top in (self.top, self.outside) for path in top.rglob("*") if path.is_file()]

    def name(self, path: str) -> str:
        """The path as scenes name it."""
        path = os.path.join(self.top, path)
        if path.startswith(f"{self.outside}/"):
            return "@" + os.path.relpath(path, self.outside)
        return os.path.relpath(path, self.top)

    def script(self, source: str, name: str = SCRIPT) -> None:
        self.repo.write(name, source)
        self.repo.commit()

    def run(self, how: str, *argv: str, status: int = 0, cwd: str | None = None) -> dict[str, Any]:
        """The record of a command; skips where it cannot be watched so."""
        done = self.place.mlrun("exec", "--trace", how, "--", *argv, cwd=cwd)
        if done.status == 2 and "cannot be used" in done.err:
            pytest.skip(done.err)
        assert done.status == status, done.err
        return self.record()

    def record(self, run: str = "@") -> dict[str, Any]:
        words = [] if run == "@" else [run]
        found: dict[str, Any] = self.place.mlrun("show", *words, "--json").data()
        return found

    def names(self, refs: list[dict[str, Any]], role: str | None = None) -> set[str]:
        return {self.name(ref["path"]) for ref in refs if role in {None, ref["role"]}}

    def bytes_of(self, refs: list[dict[str, Any]]) -> dict[str, bytes]:
        """What the store alone gives back."""
        with Store(os.fspath(self.top / ".mlrun")) as store:
            return {self.name(ref["path"]): store.objects.blob(bytes.fromhex(ref["oid"])) for ref in refs}


def codes(run: dict[str, Any]) -> set[str]:
    return {each["code"] for each in run["warnings"]}


def message(run: dict[str, Any], code: str) -> str:
    return " ".join(each["message"] for each in run["warnings"] if each["code"] == code)
