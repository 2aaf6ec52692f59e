"""Two people who share a project through git, runs through mlrun, and data through DVC."""

from pathlib import Path

import pytest
from tests.dvc.projects import Colleague


@pytest.fixture
def ann(tmp_path: Path) -> Colleague:
    return Colleague(tmp_path, "ann")


@pytest.fixture
def ben(tmp_path: Path) -> Colleague:
    return Colleague(tmp_path, "ben")
