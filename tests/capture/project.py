"""A project in which the real program runs, with a repository of its own."""

import os
from pathlib import Path

import pytest
from tests.capture.gitrepo import ENVIRONMENT, Repo
from tests.cli.place import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    for name in ("project", "home"):
        (tmp_path / name).mkdir()
    made = Place(os.fspath(tmp_path / "project"), os.fspath(tmp_path / "home"))
    made.env |= ENVIRONMENT
    return made


@pytest.fixture
def repo(place: Place, monkeypatch: pytest.MonkeyPatch) -> Repo:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return Repo(Path(place.folder))
