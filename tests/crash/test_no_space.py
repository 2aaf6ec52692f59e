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
