"""Packages that an index has no more, or has in another version: what is said, and where the runs part."""

import shutil
from pathlib import Path

import pytest
from tests.reproduction.packaged import Packaged


@pytest.fixture
def packaged(tmp_path: Path) -> Packaged:
    return Packaged(tmp_path)


def test_an_upgraded_package_is_where_the_runs_part(packaged: Packaged) -> None:
    packaged.offer("2.0", 0.5)
    packaged.machine.install(packaged.python, "steps==2.0")
    assert packaged.reproduce(status=0)["verdict"] == "identical"  # with the version that is on record
    found = packaged.reproduce("--env", "current", status=1)
    first = found["first_divergence"]
    assert found["verdict"] == "different"
    assert (first["metric"], first["a"], first["b"], first["output"]) == ("loss", 0.25, 0.5, "metrics.json")
    assert first["line"] == {"number": 1, "a": "0.25", "b": "0.5"}
    assert "steps: 1.0 was recorded, and 2.0 is there" in first["causes"]


def test_a_package_that_is_gone_from_the_index_is_said_and_named(packaged: Packaged) -> None:
    shutil.rmtree(packaged.machine.folder / "venv")
    shutil.rmtree(packaged.machine.folder / "cache")
    next(packaged.machine.wheels.iterdir()).unlink()
    assert packaged.reproduce("--check", status=0)["grade"] == "complete"  # no index is asked
    error = packaged.reproduce(status=15)
    assert error["code"] == "cannot-rebuild"
    assert "steps: steps==1.0 cannot be had" in error["message"]
    packaged.offer("1.0", 0.25)
    assert packaged.reproduce(status=0)["verdict"] == "identical"
