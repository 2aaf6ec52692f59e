"""Stores in which something is about to go wrong, and what must hold whatever did."""

import atexit
import functools
import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from tests.crash.project import LARGE, Done, Project, announced

from runlore.ops.results import Run
from runlore.store import journal

EVERYTHING = os.environ.get("CRASH_POINTS") == "all"
"""Whether every point is tried also where a sample is taken by default."""
EXEC = ("exec", "-t", "best", "-d", "weights.bin", "-o", "model.bin", "train.py", "--lr", "0.1")


def empty(folder: pathlib.Path) -> Project:
    return Project.create(folder)


def with_git(folder: pathlib.Path) -> Project:
    return Project.create(folder, git=True)


def with_runs(folder: pathlib.Path, before: Sequence[str] = ()) -> Project:
    """Two finished runs, a tag, a note and a setting; one file has changed since, one is new."""
    project = Project.create(folder, before=before)
    for _ in range(2):
        assert project.mlrun("exec", "train.py").status == 7
    project.mlrun("tag", "first", "@~1", check=True)
    project.mlrun("note", "@", "a remark", check=True)
    project.mlrun("config", "data.limit", "1MiB", check=True)
    (project.folder / "new.py").write_text("pass\n")
    (project.folder / "sub" / "conf.yaml").write_text("depth: 4\n")
    return project


def with_a_dead_run(folder: pathlib.Path, before: Sequence[str] = ()) -> Project:
    """A finished run, one that was killed with output and a known end, and what a killed writer left."""
    project = with_runs(folder, before)
    project.injected("count-before", 0, ["exec", "train.py"])
    calls = list(enumerate(project.calls(), 1))
    ended = max(number for number, call in calls if call.startswith("write\t/") and "journal" in call)
    taking = "write\t" + str(project.store / "tmp")
    begun = next(number for number, call in calls if number > ended and call.startswith(taking))
    project.injected("before", begun + 1, ["exec", "train.py"])
    assert any(run.state == ("running" if before else "crashed") for run in project.runs().values())
    assert any(problem.path.startswith("tmp/") for problem in project.problems())
    return project


def with_garbage(folder: pathlib.Path, before: Sequence[str] = ()) -> Project:
    """Finished runs, two of them removed, of which one shares a pack with one that stays; and what killed ones left."""
    project = with_a_dead_run(folder, before)
    (project.folder / "only.py").write_text("only = 1\n")
    (project.folder / "only.bin").write_bytes(LARGE[::-1])
    for _ in range(2):
        assert project.mlrun("exec", "train.py").status == 7
    project.mlrun("tag", "worst", "@~1", check=True)
    project.mlrun("note", "@~1", "never again", check=True)
    (project.folder / "only.bin").unlink()
    (project.folder / "new.py").write_text("new = 2\n")
    assert project.mlrun("exec", "train.py").status == 7
    project.mlrun("rm", "@~1", "@~2", check=True)
    project.injected("before", 20, ["exec", "train.py"])
    return project


SCENES: dict[str, tuple[Callable[[pathlib.Path], Project], Sequence[str]]] = {
    "first exec": (empty, EXEC),
    "first exec with git": (with_git, EXEC),
    "exec after others": (with_runs, EXEC),
    "exec after a dead one": (with_a_dead_run, ("exec", "train.py")),
    "tag": (with_runs, ("tag", "--force", "first", "@")),
    "untag": (with_runs, ("tag", "--delete", "first")),
    "note": (with_runs, ("note", "@", "another remark")),
    "rm": (with_runs, ("rm", "@", "@~1")),
    "gc": (with_garbage, ("gc", "--now")),
    "config": (with_runs, ("config", "data.limit", "2MiB")),
    "init": (empty, ("init",)),
}


class Place(NamedTuple):
    """A project, what is to be done in it, and what its store has acknowledged."""

    project: Project
    args: Sequence[str]
    runs: dict[str, Run]

    def copy(self, name: str) -> Project:
        """The same project again."""
        return self.project.copy(self.project.folder.with_name(name))

    def points(self, how: str, chosen: slice) -> Iterator[tuple[str, Project, Done]]:
        """Some points: which call was to come, and the project after it went wrong there."""
        dry = self.copy("dry")
        dry.injected(f"count-{how}", 0, self.args)
        calls = dry.calls()
        for number in range(1, len(calls) + 1)[chosen]:
            project = self.copy(f"{how}{number}")
            done = project.injected(how, number, self.args)
            yield f"{how} {number}: {calls[number - 1]}", project, done
            shutil.rmtree(project.folder)


def place(scene: str, folder: pathlib.Path) -> Place:
    """The scene of that name, set up below ``folder``."""
    project = _made(SCENES[scene][0]).copy(folder / "project")
    return Place(project, SCENES[scene][1], project.runs())


@functools.cache
def _made(make: Callable[[pathlib.Path], Project]) -> Project:
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    return make(pathlib.Path(folder, "project"))


def check_sound(where: str, place: Place, project: Project, done: Done) -> None:
    """What holds after everything: the store is sound, and has what it had and what it said it had."""
    assert project.errors() == [], where
    runs = project.runs()
    for run, before in place.runs.items():
        if before.state == "crashed":
            assert runs[run].state in {"crashed", "failed"}, where
        else:
            assert runs[run]._replace(tags=(), notes=()) == before._replace(tags=(), notes=()), where
        assert {*before.tags} <= {*runs[run].tags}, where
        assert before.notes == runs[run].notes, where
    if run_id := announced(done):
        assert len([run for run in runs if run.startswith(run_id)]) == 1, where


def ends(project: Project) -> dict[str, tuple[str, int | None]]:
    """For each run the state and exit status that it has, or must get from who seals it."""
    found: dict[str, tuple[str, int | None]] = {}
    for run in project.runs().values():
        entries = journal.read(f"{project.store}/runs/{run.id}/journal")
        known = run.state == "failed" or any(entry.get("kind") == "ended" for entry in entries)
        found[run.id] = ("failed", 7) if known else ("crashed", None)
    return found


def check_next_exec(where: str, project: Project) -> None:
    """The next run is recorded as if nothing had been, seals what was killed, and leaves nothing lying about."""
    before = ends(project)
    again = project.mlrun("exec", "train.py")
    assert (again.status, again.out, "warning" in again.err) == (7, "trained\n", False), (where, again.err)
    runs = project.runs()
    assert len(runs) == len(before) + 1, where
    for run, (state, exit_code) in before.items():
        assert (runs[run].state, runs[run].exit_code) == (state, exit_code), where
    (newest,) = {*runs} - {*before}
    assert (runs[newest].state, runs[newest].exit_code) == ("failed", 7), where
    assert runs[newest].log is not None, where
    assert project.problems() == [], where
