"""A project with a store in it, to be damaged and looked at: the real program, run as people run it."""

import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from runlore.ops.list import list_runs
from runlore.ops.results import Run
from runlore.ops.show import show
from runlore.store.fsck import Fsck, Problem

PROGRAM = (sys.executable, "-m", "runlore")
INJECTOR = os.fspath(pathlib.Path(__file__).with_name("injector.py"))
TRAIN = """import pathlib, sys
print("trained", *sys.argv[1:], flush=True)
pathlib.Path("ran").write_text("yes")
pathlib.Path("model.bin").write_bytes(b"m" * 200_000)
sys.exit(7)
"""
LARGE = bytes(range(256)) * 600
"""A file that is kept as a loose blob."""


class Done(NamedTuple):
    """How a process ended."""

    status: int
    out: str
    err: str


class Project:
    """A folder in which mlrun runs, cut off from the machine's own settings.

    ``program`` are the words that start mlrun, ``before`` words that come before every command.
    """

    def __init__(self, folder: pathlib.Path, program: Sequence[str] = PROGRAM, before: Sequence[str] = ()) -> None:
        self.folder = folder
        self.program = tuple(program)
        self.before = tuple(before)
        path = os.pathsep.join((os.path.dirname(sys.executable), "/usr/local/bin", "/usr/bin", "/bin"))
        self.env = {"PATH": path, "HOME": "/nonexistent", "USER": "ann", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        self.env |= {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}

    @classmethod
    def create(cls, folder: pathlib.Path, *, git: bool = False, before: Sequence[str] = ()) -> "Project":
        """A project with a script, a large file and a small one."""
        folder.mkdir()
        project = cls(folder, before=before)
        (folder / "train.py").write_text(TRAIN)
        (folder / "weights.bin").write_bytes(LARGE)
        (folder / "sub").mkdir()
        (folder / "sub" / "conf.yaml").write_text("depth: 3\n")
        if git:
            project.run("git", "init", "-q")
            project.run("git", "add", ".")
            project.run("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first")
        return project

    def copy(self, to: pathlib.Path) -> "Project":
        """The same at another place."""
        shutil.copytree(self.folder, to, symlinks=True)
        return Project(to, self.program, self.before)

    @property
    def store(self) -> pathlib.Path:
        return self.folder / ".mlrun"

    def run(self, *command: str, env: Mapping[str, str] | None = None, check: bool = True) -> Done:
        """Run a program to its end."""
        done = subprocess.run(
            (*self.before, *command),
            cwd=self.folder,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
        result = Done(done.returncode, done.stdout.decode(), done.stderr.decode(errors="replace"))
        assert not check or done.returncode == 0, result
        return result

    def mlrun(self, *args: str, check: bool = False, env: Mapping[str, str] | None = None) -> Done:
        return self.run(*self.program, *args, check=check, env=env)

    def injected(self, how: str, number: int, args: Sequence[str]) -> Done:
        """Run mlrun with something going wrong; see `injector`."""
        return self.run(sys.executable, INJECTOR, how, str(number), self._log(), *args, check=False)

    def calls(self) -> list[str]:
        """The calls of the last `injected`."""
        with open(self._log(), encoding="utf-8", errors="surrogateescape") as file:
            return file.read().splitlines()

    def _log(self) -> str:
        return f"{self.folder}.calls"

    def problems(self) -> list[Problem]:
        """What fsck finds, warnings too; nothing where there is no store yet."""
        return list(Fsck(os.fspath(self.store)).run()) if (self.store / "format").exists() else []

    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems() if problem.severity == "error"]

    def runs(self) -> dict[str, Run]:
        """Every run that `list` shows, whole, by id; newest first."""
        if not (self.store / "format").exists():
            return {}
        runs = {}
        for listed in list_runs(os.fspath(self.folder), limit=None, experiment=None).runs:
            run = runs[listed.id] = show(os.fspath(self.folder), listed.id)
            assert (run.state, run.tags) == (listed.state, listed.tags)
        return runs


def announced(done: Done) -> str | None:
    """The first digits of the run that `exec` said it had put on record, before its command started."""
    for line in done.err.splitlines():
        word = line.removeprefix("mlrun: ").partition(" ")[0]
        if line.startswith("mlrun: ") and len(word) == 8 and not set(word) - set("0123456789abcdef"):
            return word
    return None
