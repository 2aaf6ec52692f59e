"""Files are found again under names that nobody saw them get."""

import os
import pathlib

import pytest

from runlore.capture.access.renamed import other_names
from runlore.capture.content import state_of


def state(path: pathlib.Path) -> bytes:
    return state_of(path.stat())


@pytest.fixture
def made(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "out").mkdir()
    path = tmp_path / "out/.tmpAbCdEf"
    path.write_text("weights")
    return path


def found(made: dict[pathlib.Path, bytes], *passing: pathlib.Path) -> list[tuple[str, str]]:
    pairs = other_names(
        {os.fsencode(path): each for path, each in made.items()}, tuple(os.fsencode(path) for path in passing)
    )
    return [(os.path.basename(os.fsdecode(source)), os.path.basename(os.fsdecode(target))) for source, target in pairs]


def test_a_file_that_is_gone_is_found_in_its_folder(made: pathlib.Path) -> None:
    before = state(made)
    made.rename(made.parent / "model.bin")
    assert found({made: before}) == [(".tmpAbCdEf", "model.bin")]


def test_a_file_is_found_above_its_folder_if_that_is_gone_too(made: pathlib.Path) -> None:
    before = state(made)
    made.rename(made.parent.parent / "model.bin")
    made.parent.rmdir()
    assert found({made: before}) == [(".tmpAbCdEf", "model.bin")]


def test_a_file_with_two_names_is_found_by_the_other(made: pathlib.Path) -> None:
    os.link(made, made.parent / "model.bin")
    assert found({made: state(made)}) == [(".tmpAbCdEf", "model.bin")]


def test_what_has_one_name_is_not_looked_for(made: pathlib.Path) -> None:
    (made.parent / "other").write_text("x")
    assert found({made: state(made)}) == []


def test_what_is_deleted_or_of_unknown_state_is_not_found(made: pathlib.Path) -> None:
    before = state(made)
    made.with_name("other").write_text("x")
    made.unlink()
    assert found({made: before}) == []
    assert found({made: b""}) == []


def test_folders_that_all_share_are_left_alone(made: pathlib.Path) -> None:
    before = state(made)
    made.rename(made.parent / "model.bin")
    assert found({made: before}, made.parent) == []
    made.parent.joinpath("model.bin").unlink()
    made.parent.rmdir()
    assert found({made: before}, made.parent.parent) == []


def test_a_folder_that_nobody_may_read_is_no_error(made: pathlib.Path) -> None:
    before = state(made)
    missing = made.parent / "a/b/c"
    assert found({missing: before}) == []
