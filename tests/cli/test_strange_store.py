"""A store that a stranger made, with the folder that it lies in: to look at it changes nothing of one's own."""

import os
import shutil
from pathlib import Path

import pytest
from tests.cli.place import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A project with one run, in a folder with files of one's own."""
    for name in ("own", "own/project", "home"):
        (tmp_path / name).mkdir()
    (tmp_path / "own" / "thesis").write_text("three years")
    here = Place(os.fspath(tmp_path / "own" / "project"), os.fspath(tmp_path / "home"))
    here.write("train.sh", "echo hello")
    assert here.mlrun("exec", "sh", "train.sh").status == 0
    return here


@pytest.mark.parametrize("name", ["tmp", "envs", "cache", "packs", "objects", "runs", "events"])
def test_a_folder_of_the_store_that_is_a_link_is_not_followed(place: Place, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "own" / "project" / ".mlrun" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.symlink_to("../..")
    before = sorted(os.listdir(tmp_path / "own"))
    for words in (["list"], ["status"], ["exec", "--", "true"], ["checkout", "@", "../out"], ["environment", "vendor"]):
        done = place.mlrun(*words)
        assert f'.mlrun/{name}" is a symbolic link' in done.err
        assert done.status == (0 if words[0] == "exec" else 17)
        assert sorted(os.listdir(tmp_path / "own")) == before
    assert (tmp_path / "own" / "thesis").read_text() == "three years"


def test_a_half_made_store_with_a_link_is_not_followed_either(place: Place, tmp_path: Path) -> None:
    root = tmp_path / "own" / "project" / ".mlrun"
    (root / "format").unlink()
    (root / "tmp").rmdir()
    (root / "tmp").symlink_to("../..")
    for words in (["list"], ["init"], ["exec", "--", "true"]):
        assert "is a symbolic link" in place.mlrun(*words).err
    assert (tmp_path / "own" / "thesis").read_text() == "three years"
