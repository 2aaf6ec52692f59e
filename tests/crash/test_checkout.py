"""kill -9 at every call that changes something, and disks that fill up: a folder is there whole, or not at all."""

import contextlib
import os
import pathlib
import subprocess
from collections.abc import Iterator

import pytest
from tests.crash.project import Project
from tests.crash.scenes import EVERYTHING, Place, with_runs

pytestmark = pytest.mark.crash
HALF_MADE = ".mlrun-checkout-"


def project_of(folder: pathlib.Path) -> Project:
    project = with_runs(folder / "project")
    (project.folder / "link").symlink_to("sub")
    project.mlrun("exec", "-d", "weights.bin", "train.py")
    return project


def contents(folder: pathlib.Path) -> dict[str, bytes | str]:
    """Files and links below a folder, without stores and what is half-made."""
    found: dict[str, bytes | str] = {}
    for above, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".mlrun")]
        for name in (*names, *(each for each in folders if os.path.islink(os.path.join(above, each)))):
            path = pathlib.Path(above, name)
            found[os.fspath(path.relative_to(folder))] = os.readlink(path) if path.is_symlink() else path.read_bytes()
    return found


def check_project(where: str, before: dict[str, bytes | str], project: Project) -> None:
    after = {name: data for name, data in contents(project.folder).items() if not name.startswith(("new/", "there/"))}
    assert after == before, where
    assert project.errors() == [], where


@pytest.mark.parametrize(("how", "part"), [("before", 0), ("before", 1), ("torn", 0)])
def test_a_new_folder_is_there_whole_or_not_at_all(tmp_path: pathlib.Path, how: str, part: int) -> None:
    project = project_of(tmp_path)
    before = contents(project.folder)
    made = Place(project, ("checkout", "@", "new/deep", "--outputs"), {})
    project.copy(tmp_path / "complete").mlrun(*made.args, check=True)
    whole = contents(tmp_path / "complete" / "new" / "deep")
    assert len(whole) == 7
    for where, killed, done in made.points(how, slice(part, None, 2 if EVERYTHING else 4)):
        assert done.status == -9, where
        assert not (killed.folder / "new").exists() or contents(killed.folder / "new" / "deep") == whole, where
        check_project(where, before, killed)
        again = killed.mlrun("checkout", "@", "new/deep", "--outputs", "--force")
        assert (again.status, contents(killed.folder / "new" / "deep")) == (0, whole), (where, again.err)
        killed.mlrun("checkout", "@", "other", check=True)
        assert not [*killed.folder.glob(HALF_MADE + "*")], where


def test_what_is_added_to_a_folder_is_whole_files(tmp_path: pathlib.Path) -> None:
    project = project_of(tmp_path)
    before = contents(project.folder)
    (project.folder / "there").mkdir()
    (project.folder / "there" / "mine").write_text("mine")
    (project.folder / "there" / "train.py").write_text("other")
    made = Place(project, ("checkout", "@", "there", "--overwrite"), {})
    project.copy(tmp_path / "complete").mlrun(*made.args, check=True)
    whole = contents(tmp_path / "complete" / "there")
    for where, killed, done in made.points("before", slice(0, None, 1 if EVERYTHING else 3)):
        assert done.status == -9, where
        there = contents(killed.folder / "there")
        assert there.pop("mine") == b"mine", where
        assert there.get("train.py") in (b"other", whole["train.py"]), where
        assert {name: data for name, data in there.items() if name != "train.py"}.items() <= whole.items(), where
        check_project(where, before, killed)
        again = killed.mlrun(*made.args)
        assert (again.status, contents(killed.folder / "there")) == (0, whole), (where, again.err)
        assert not [*killed.folder.rglob(HALF_MADE + "*")], where


@contextlib.contextmanager
def small_disk(folder: pathlib.Path, size: int) -> Iterator[None]:
    """A file system of so many bytes at ``folder``; skips where it cannot be made."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={size}"]
    done = subprocess.run(["mount", *options, "tmpfs", folder], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("pages", [0, 1, 2, 3, 5, 8, 20, 40, 60, 85])
def test_a_full_disk_leaves_nothing_behind(tmp_path: pathlib.Path, pages: int) -> None:
    if os.geteuid():
        pytest.skip("only root may mount a file system")
    project = project_of(tmp_path)
    disk = tmp_path / "disk"
    with small_disk(disk, 400 << 10):
        (disk / "filling").write_bytes(b"x" * ((400 << 10) - 4096 * pages))
        before = contents(disk)
        done = project.mlrun("checkout", "@", os.fspath(disk / "new"), "--outputs")
        assert (done.status, "the disk is full" in done.err) == (15, True), done.err
        assert contents(disk) == before
        assert os.listdir(disk) == ["filling"]
