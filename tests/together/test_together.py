"""Many at once in one store, two copies of it that went different ways, and locks that nobody holds any more."""

import os
import pathlib
import shutil
import subprocess
import time

import pytest
from tests.crash.project import Project
from tests.together.crowd import Crowd


def test_nothing_is_lost_where_many_work_at_once_and_half_of_them_are_killed(tmp_path: pathlib.Path) -> None:
    crowd = Crowd(tmp_path, seed=1)
    crowd.work(processes=10, rounds=1)
    crowd.check()
    assert crowd.killed
    assert crowd.finished


def rsync(source: Project, target: Project) -> None:
    subprocess.run(["rsync", "-a", f"{source.store}/", f"{target.store}/"], check=True)


@pytest.mark.skipif(shutil.which("rsync") is None, reason="rsync is not installed")
def test_copies_that_went_different_ways_are_merged_by_copying_each_over_the_other(tmp_path: pathlib.Path) -> None:
    a = Project.create(tmp_path / "a")
    a.mlrun("exec", "-n", "common", "train.py")
    b = a.copy(tmp_path / "b")
    for project in (a, b):
        name = project.folder.name
        project.mlrun("exec", "-n", f"of-{name}", "train.py", name)
        project.mlrun("tag", f"tag-{name}", "@", check=True)
        _settle(project)
        assert len(project.runs()) == 2
    for source, target in ((a, b), (b, a)):
        rsync(source, target)
        assert {run.name for run in target.runs().values()} == {"common", "of-a", "of-b"}
        assert {tag for run in target.runs().values() for tag in run.tags} == {"tag-a", "tag-b"}
        assert target.problems() == []
    assert a.runs().keys() == b.runs().keys()


def _settle(project: Project) -> None:
    """Let the folders be so old that their time stamps stand for what is in them, and the index believe them."""
    for name in ("runs", "events", "packs"):
        os.utime(project.store / name, (1, 1))
    time.sleep(2.1)  # of the time of change, which nobody can set
    project.mlrun("list", check=True)


@pytest.mark.parametrize("boot", ["this", "another"])
def test_what_a_dead_owner_has_locked_needs_nobody(tmp_path: pathlib.Path, boot: str) -> None:
    project = Project.create(tmp_path / "project")
    for _ in range(2):  # the first one makes the store
        project.injected("count-before", 0, ["exec", "train.py"])
    begun = next(at for at, call in enumerate(project.calls(), 1) if call.startswith("open") and call.endswith("/log"))
    project.injected("before", begun, ["exec", "train.py"])
    (run,) = [path for path in (project.store / "runs").iterdir() if not (path / "seal").exists()]
    if boot == "another":  # as if copied from another host: nobody holds the lock, and it beats no more
        os.utime(run / "lock", (1, 1))
    (project.store / "tmp" / "999999-0123456789abcdef").write_bytes(b"left")
    assert project.mlrun("exec", "train.py").status == 7
    assert (run / "seal").exists()
    assert os.listdir(project.store / "tmp") == []
    assert project.problems() == []


def test_gc_clears_what_killed_writers_left_and_nothing_of_living_ones(tmp_path: pathlib.Path) -> None:
    project = Project.create(tmp_path / "project")
    assert project.mlrun("exec", "train.py").status == 7
    left = project.store / "tmp" / f"{os.getpid()}-0123456789abcdef"  # a process of this number lives
    left.write_bytes(b"left")
    holder = subprocess.Popen(
        ["flock", "--shared", str(project.store / "lock"), "sh", "-c", "echo held; read line"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout
    assert holder.stdout.readline() == "held\n"
    project.mlrun("tag", "t", "@", check=True)
    assert left.exists()
    holder.communicate("done\n")
    project.mlrun("gc", "--now", check=True)
    assert not left.exists()
