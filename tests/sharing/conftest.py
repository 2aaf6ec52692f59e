"""Two people with a remote between them."""

import os
from pathlib import Path

import pytest
from tests.sharing.people import Person


@pytest.fixture
def remote(tmp_path: Path) -> str:
    return os.fspath(tmp_path / "remote")


@pytest.fixture
def ann(tmp_path: Path) -> Person:
    return Person(tmp_path, "ann")


@pytest.fixture
def ben(tmp_path: Path) -> Person:
    return Person(tmp_path, "ben")
