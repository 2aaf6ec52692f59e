"""A folder to be watched in."""

from pathlib import Path

import pytest
from tests.capture.access.rungs import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    work, folder = tmp_path / "work", tmp_path / "run"
    (work / "sub").mkdir(parents=True)
    folder.mkdir()
    for name in ("a.csv", "b.csv", "old.txt", "sub/c.csv"):
        (work / name).write_text(name)
    return Run(work, folder)
