"""kill -9 at every call that changes something: the store stays sound and holds all that was acknowledged."""

import pathlib

import pytest
from tests.crash.project import Project
from tests.crash.scenes import EVERYTHING, SCENES, check_next_exec, check_sound, place

from runlore.store import settings
from runlore.store.layout import Layout

pytestmark = pytest.mark.crash
CHUNKS = 6
CHOSEN = [("before", slice(at, None, CHUNKS)) for at in range(CHUNKS)] + [("torn", slice(None))]


@pytest.mark.parametrize(("how", "chosen"), CHOSEN)
@pytest.mark.parametrize("scene", ["first exec", "exec after others"])
def test_exec_can_be_killed_anywhere(tmp_path: pathlib.Path, scene: str, how: str, chosen: slice) -> None:
    made = place(scene, tmp_path)
    for where, project, done in made.points(how, chosen):
        assert done.status == -9, where
        check_sound(where, made, project, done)
        check_next_exec(where, project)


@pytest.mark.parametrize(("how", "first"), [("before", 0), ("before", 1), ("torn", 0)])
def test_exec_can_be_killed_while_it_tidies_up_after_one_that_was(tmp_path: pathlib.Path, how: str, first: int) -> None:
    made = place("exec after a dead one", tmp_path)
    for where, project, done in made.points(how, slice(first, None, 2 if EVERYTHING else 4)):
        assert done.status == -9, where
        check_sound(where, made, project, done)
        check_next_exec(where, project)


def test_exec_in_a_work_tree_of_git_can_be_killed_anywhere(tmp_path: pathlib.Path) -> None:
    made = place("first exec with git", tmp_path)
    for where, project, done in made.points("before", slice(3, None, 12)):
        assert done.status == -9, where
        check_sound(where, made, project, done)
        check_next_exec(where, project)
        assert project.run("git", "status", "--porcelain").out == "?? model.bin\n?? ran\n", where


def told(project: Project) -> dict[str, tuple[object, ...]]:
    """What is said of each run."""
    return {run.id: (run.state, run.tags, tuple(note["text"] for note in run.notes)) for run in project.runs().values()}


@pytest.mark.parametrize("how", ["before", "torn"])
@pytest.mark.parametrize("scene", [name for name in SCENES if "exec" not in name])
def test_other_writers_can_be_killed_anywhere(tmp_path: pathlib.Path, scene: str, how: str) -> None:
    made = place(scene, tmp_path)
    complete = made.copy("complete")
    said = complete.mlrun(*made.args, check=True).out
    before, after = told(made.project), told(complete)
    for where, project, done in made.points(how, slice(None)):
        assert (done.status, done.out in said) == (-9, True), where
        assert project.errors() == [], where
        now = told(project)
        for run in before:
            assert now.get(run) in (before.get(run), after.get(run)), where
        limit = settings.read(Layout(str(project.store))).get("data.limit")
        assert limit in ({"1MiB", "2MiB"} if made.runs else {None}), where
        if now != after:
            again = project.mlrun(*made.args).status
            assert (again, told(project)) == (0, after) or (scene, again) == ("rm", 12), where
        check_next_exec(where, project)
