"""Packages that an index has no more, or has in another version: what is said, and where the runs part."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.cli.place import Place
from tests.execute.wheels import Machine, wheel

LOSS = "import json, steps\nopen('metrics.json', 'w').write(json.dumps({'loss': steps.loss()}))\nprint(steps.loss())\n"


class Packaged:
    """A project whose script imports the package ``steps``, in an environment made from a folder of wheels."""

    def __init__(self, folder: Path) -> None:
        self.machine = Machine(folder)
        (folder / "project").mkdir()
        (folder / "scratch").mkdir()
        self.place = Place(os.fspath(folder / "project"), os.fspath(self.machine.home))
        self.python = self.machine.environment()
        path = f"{self.python.parent}:{self.machine.environ['PATH']}"
        self.place.env |= {**self.machine.environ, "PATH": path, "TMPDIR": os.fspath(folder / "scratch")}
        self.offer("1.0", 0.25)
        self.machine.install(self.python, "steps==1.0")
        self.place.write("train.py", LOSS)
        assert self.place.mlrun("exec", "train.py").status == 0

    def offer(self, version: str, loss: float) -> None:
        """Put a version of the package where the index is."""
        wheel(self.machine.wheels, "steps", version, {"steps.py": f"def loss():\n    return {loss}\n"})

    def reproduce(self, *words: str, status: int) -> Any:  # noqa: ANN401 - JSON
        done = self.place.mlrun("reproduce", "@", "--json", *words)
        assert done.status == status, (done.out, done.err)
        assert not [name for name in os.listdir(self.machine.folder / "scratch") if name.startswith("mlrun-")]
        return json.loads(done.out)["data"] if done.out else json.loads(done.err.splitlines()[-1])["error"]


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
