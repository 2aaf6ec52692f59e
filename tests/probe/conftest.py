"""Interpreters, and a place to run them in."""

from pathlib import Path

import pytest
from tests.probe.children import PYTHONS, Child


@pytest.fixture(params=PYTHONS)
def python(request: pytest.FixtureRequest) -> str:
    return PYTHONS[request.param]


@pytest.fixture
def child(tmp_path: Path) -> Child:
    (tmp_path / "project").mkdir()
    journal = tmp_path / "journal"
    journal.touch()
    return Child(tmp_path / "project", journal)
