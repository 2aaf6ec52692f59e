"""The verbs that faults are given to, each with the scene it is called in, and what is there afterwards."""

import os
import pathlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tests.crash.project import Project
from tests.crash.scenes import EXEC, with_garbage, with_runs

from runlore.errors import RemoteError
from runlore.ops.fsck_remote import fsck_remote
from runlore.ops.results import Run

_NOT_YET = ("remote", "remote-missing")
REMOTE = ".mlrun-remote"
"""The remote's folder, beside the project. The injector takes what has `/.mlrun` in its path for a store."""


class Verb(NamedTuple):
    """``make`` sets its scene up below a folder, in which ``project`` is where it is called; ``status`` is that of a
    complete call, ``again`` those that a repeated one may have. ``adds_run``: it runs a command; ``promises``: what it
    says to be done is durable.
    """

    make: Callable[[pathlib.Path, Sequence[str]], Project]
    args: tuple[str, ...]
    status: int = 0
    again: tuple[int, ...] = (0,)
    adds_run: bool = False
    promises: bool = True


def _some_runs(folder: pathlib.Path, before: Sequence[str]) -> Project:
    return with_runs(folder / "project", before)


def _garbage(folder: pathlib.Path, before: Sequence[str]) -> Project:
    return with_garbage(folder / "project", before)


def _with_remote(folder: pathlib.Path, before: Sequence[str]) -> Project:
    project = with_runs(folder / "project", before)
    assert project.mlrun("exec", "-d", "weights.bin", "train.py").status == 7
    project.mlrun("remote", "add", "there", os.fspath(folder / REMOTE), check=True)
    return project


def _with_more_to_push(folder: pathlib.Path, before: Sequence[str]) -> Project:
    """Some of the runs are on the remote already."""
    project = _with_remote(folder, before)
    project.mlrun("push", "@~2", check=True)
    return project


def _with_more_to_pull(folder: pathlib.Path, before: Sequence[str]) -> Project:
    """A project with runs of its own, whose remote has those of somebody else."""
    others = _with_remote(folder, before)
    others.mlrun("push", check=True)
    (folder / "project").rename(folder / "others")
    project = Project.create(folder / "project", before=before)
    (project.folder / "mine.py").write_text("mine = 1\n")
    for _ in range(2):
        assert project.mlrun("exec", "train.py").status == 7
    project.mlrun("remote", "add", "there", os.fspath(folder / REMOTE), check=True)
    return project


VERBS = {
    "exec": Verb(_some_runs, EXEC, status=7, again=(7,), adds_run=True),
    "reproduce": Verb(_some_runs, ("reproduce", "first", "--env", "current"), adds_run=True),
    "push": Verb(_with_more_to_push, ("push",)),
    "pull": Verb(_with_more_to_pull, ("pull", "first")),
    "gc": Verb(_garbage, ("gc", "--now"), promises=False),
    "tag": Verb(_some_runs, ("tag", "--force", "first", "@")),
    "rm": Verb(_some_runs, ("rm", "first", "@"), again=(0, 12)),
}


class Told(NamedTuple):
    """What is said of a scene: its runs, and how many runs and events its remote has."""

    runs: dict[str, tuple[object, ...]]
    remote: tuple[int, int] | None


def told(project: Project, runs: dict[str, Run]) -> Told:
    """What is said of each of the ``runs`` of the project, and of its remote, which must be sound."""
    said: dict[str, tuple[object, ...]] = {
        run.id: (run.state, run.tags, tuple(note["text"] for note in run.notes)) for run in runs.values()
    }
    return Told(said, _remote(project))


def _remote(project: Project) -> tuple[int, int] | None:
    if not (project.folder.parent / REMOTE).exists():
        return None
    try:
        report = fsck_remote(os.fspath(project.folder), "there", project.env, quick=False, progress=lambda *_: None)
    except RemoteError as error:
        if error.code not in _NOT_YET:
            raise
        return None
    errors = [finding for finding in report.findings if finding.severity == "error"]
    assert errors == [], f"the remote: {errors}"
    return report.checked["runs"], report.checked["events"]
