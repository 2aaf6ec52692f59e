"""A small project."""

from pathlib import Path

import pytest
from tests.reproduction.small import Small


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return Small(tmp_path)
