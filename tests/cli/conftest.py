"""A place to run the program in, empty or with a few runs on record."""

import os
import pathlib

import pytest
from tests.cli.place import AT, SECOND, Place


@pytest.fixture
def place(tmp_path: pathlib.Path) -> Place:
    for name in ("project", "home"):
        (tmp_path / name).mkdir()
    return Place(os.fspath(tmp_path / "project"), os.fspath(tmp_path / "home"))


@pytest.fixture
def runs(place: Place) -> list[str]:
    """Three runs, the newest first."""
    ids = [
        place.record(at=AT, name="first", params={"lr": 0.1, "seed": 1}, loss=0.3),
        place.record(at=AT + 60 * SECOND, experiment="ablation", params={"lr": 0.2, "seed": 1}, loss=0.1),
        place.record(
            at=AT + 120 * SECOND,
            params={"lr": 0.3, "seed": 1},
            state="failed",
            exit_code=3,
            patch=b"--- a/x\n+++ b/x\n+caf\xe9 \x1b[2J\n",
            log=b"\x1b[32mepoch 1\x1b[0m\n\xff\n",
            warnings=("the disk was slow",),
        ),
    ]
    return ids[::-1]
