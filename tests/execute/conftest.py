"""Places to supervise commands in."""

import pathlib

import pytest
from tests.execute.supervised import Lab


@pytest.fixture
def lab(tmp_path: pathlib.Path) -> Lab:
    return Lab(tmp_path)
