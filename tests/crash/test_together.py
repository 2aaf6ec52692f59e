"""Many processes at once in one store, beginning with none: each gets its own record, and no update is lost."""

import pathlib
import shutil
import subprocess
import sys
import time

import pytest
from tests.crash.project import Project

pytestmark = pytest.mark.crash
AT_ONCE = 8


def start(project: Project, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "runlore", *args], cwd=project.folder, env=project.env, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def finish(processes: list[subprocess.Popen[str]], status: int) -> list[str]:
    """What each printed; all must end with the status, and warn of nothing but that they write the same files."""
    outputs = []
    for process in processes:
        out, err = process.communicate(timeout=120)
        warned = [line for line in err.splitlines() if "warning" in line and " was changed while the run" not in line]
        assert (process.returncode, warned) == (status, []), err
        outputs.append(out)
    return outputs


@pytest.mark.parametrize("attempt", range(3))
@pytest.mark.parametrize("git", [False, True], ids=["without git", "with git"])
def test_runs_that_begin_at_once_where_no_store_is_are_all_recorded(
    tmp_path: pathlib.Path, attempt: int, git: bool
) -> None:
    project = Project.create(tmp_path / f"project{attempt}", git=git)
    finish([start(project, "exec", "train.py", "--number", str(number)) for number in range(AT_ONCE)], 7)
    runs = project.runs()
    assert sorted(str(run.params["number"]) for run in runs.values()) == [str(number) for number in range(AT_ONCE)]
    assert {run.state for run in runs.values()} == {"failed"}
    for run in runs.values():
        assert project.mlrun("show", "--log", run.id, check=True).out == f"trained --number {run.params['number']}\n"
    assert project.problems() == []


def test_no_move_of_a_tag_is_lost(tmp_path: pathlib.Path) -> None:
    project = Project.create(tmp_path / "project")
    for _ in range(2):
        assert project.mlrun("exec", "train.py").status == 7
    moves = [start(project, "tag", "--force", "best", "@" if number % 2 else "@~1") for number in range(AT_ONCE)]
    finish([*moves, *(start(project, "note", "@", f"note {number}") for number in range(AT_ONCE))], 0)
    assert len(list((project.store / "events").iterdir())) == 2 * AT_ONCE
    newest, _ = runs = list(project.runs().values())
    assert sorted(note["text"] for note in newest.notes) == [f"note {number}" for number in range(AT_ONCE)]
    assert sorted(run.tags for run in runs) == [(), ("best",)]
    project.mlrun("tag", "--force", "best", "@", check=True)
    assert project.runs()[newest.id].tags == ("best",)
    assert project.problems() == []


def test_the_cache_may_be_deleted_at_any_moment(tmp_path: pathlib.Path) -> None:
    project = Project.create(tmp_path / "project")
    assert project.mlrun("exec", "train.py").status == 7
    running = [start(project, "exec", "-t", f"t{number}", "-o", "model.bin", "train.py") for number in range(4)]
    while any(process.poll() is None for process in running):
        shutil.rmtree(project.store / "cache", ignore_errors=True)
        time.sleep(0.005)
    finish(running, 7)
    assert len(project.runs()) == 5
    assert sorted(tag for run in project.runs().values() for tag in run.tags) == ["t0", "t1", "t2", "t3"]
    assert [len(run.outputs or ()) for run in list(project.runs().values())[:4]] == [2] * 4
    assert project.problems() == []
