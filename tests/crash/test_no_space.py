"""A disk that is full, or cannot be written, from any call on or at that call alone: the run comes first."""

import os
import pathlib

import pytest
from tests.crash.project import Project, announced
from tests.crash.scenes import EVERYTHING, check_next_exec, check_sound, place

from runlore.ops.results import Run
from runlore.store import runs
from runlore.store.layout import Layout

pytestmark = pytest.mark.crash
STRIDE = 1 if EVERYTHING else 6
HOWS = ["ENOSPC-once", "ENOSPC-from", "EROFS-once", "EROFS-from"]


def is_complete(project: Project, run: Run) -> bool:
    """Whether nothing of the run's record is missing."""
    end = runs.read_seal(Layout(str(project.store)), run.id)
    if end is None:
        return False
    outputs = [(output.path, output.size, output.stored) for output in end.outputs]
    seen = [("ran", 3, True)] * (end.observer != "none")
    return (end.state, end.log is not None, run.tags) == ("failed", True, ("best",)) and outputs == [
        ("model.bin", 200_000, True),
        *seen,
    ]


@pytest.mark.parametrize("scene", ["first exec", "exec after others"])
@pytest.mark.parametrize("how", HOWS)
def test_the_command_runs_all_the_same_and_what_is_not_on_record_is_said(
    tmp_path: pathlib.Path, scene: str, how: str
) -> None:
    made = place(scene, tmp_path)
    for where, project, done in made.points(how, slice(HOWS.index(how), None, STRIDE)):
        assert (done.status, done.out) == (7, "trained --lr 0.1\n"), (where, done.err)
        assert (project.folder / "ran").exists(), where
        assert "Traceback" not in done.err, where
        check_sound(where, made, project, done)
        new = [run for id_, run in project.runs().items() if id_ not in made.runs]
        assert "warning" in done.err or (len(new) == 1 and is_complete(project, new[0])), (where, done.err)
        if not announced(done):
            # A run that could not be made durable is taken back, if the disk still lets it.
            assert [run.state for run in new] in ([], ["crashed"] * how.endswith("-from")), (where, done.err)
        check_next_exec(where, project)


def test_names_that_could_not_be_synced_are_told_of_by_what_stays_in_tmp(tmp_path: pathlib.Path) -> None:
    made = place("exec after others", tmp_path)
    dry = made.copy("dry")
    dry.injected("count-EIO-once", 0, made.args)
    ends = (".mlrun/packs", ".mlrun/objects")
    numbers = [at for at, call in enumerate(dry.calls(), 1) if call.startswith("fsync") and call.endswith(ends)]
    assert len(numbers) > 1
    for number in numbers:
        project = made.copy(str(number))
        assert project.injected("EIO-once", number, made.args).status == 7
        assert os.listdir(project.store / "tmp"), project.calls()[number - 1]
    check_next_exec("the last", project)


def test_what_tells_of_names_stays_until_they_could_be_synced(tmp_path: pathlib.Path) -> None:
    made = place("exec after a dead one", tmp_path)
    left = set(os.listdir(made.project.store / "tmp"))
    tag = ("tag", "new", "@~1")
    dry = made.copy("dry")
    dry.injected("count-EIO-once", 0, tag)
    for number, call in enumerate(dry.calls(), 1):
        if call.startswith("open") and ".mlrun/tmp/" in call:
            break  # its own
        if call.startswith("fsync"):
            project = made.copy(str(number))
            assert project.injected("EIO-once", number, tag).status == 0, call
            assert set(os.listdir(project.store / "tmp")) == left, call
    check_next_exec(call, project)


def test_a_folder_that_cannot_be_written_keeps_no_command_from_running(tmp_path: pathlib.Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    project = Project.create(tmp_path / "project")
    (project.folder / "train.py").write_text("print('trained')\n")
    project.folder.chmod(0o555)
    try:
        done = project.mlrun("exec", "train.py")
    finally:
        project.folder.chmod(0o755)
    assert (done.status, done.out) == (0, "trained\n")
    assert "permission denied" in done.err
    assert not project.store.exists()
