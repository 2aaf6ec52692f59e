"""Whose packages a run records."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.place import Place


@pytest.fixture
def script(place: Place) -> Place:
    place.write("train.py", "print('ok')\n")
    return place


def shown(place: Place) -> Any:  # noqa: ANN401 - any JSON
    return place.mlrun("show", "--json").data()


def test_the_second_run_knows_the_environment_before_it_starts_and_has_the_same_fingerprint(script: Place) -> None:
    script.mlrun("exec", "train.py")
    first = shown(script)
    script.mlrun("exec", "train.py")
    second = shown(script)
    assert first["fingerprint"] == second["fingerprint"]
    assert first["environment"] == second["environment"]
    assert first["environment"]["id"] is not None


@pytest.mark.parametrize("flag", ["-I", "-E", "-S"])
def test_an_isolated_interpreter_is_not_taken_for_the_usual_one(script: Place, flag: str) -> None:
    script.mlrun("exec", sys.executable, "train.py")
    done = script.mlrun("exec", sys.executable, flag, "train.py")
    assert (done.status, done.out) == (0, "ok\n")
    run = shown(script)
    assert run["environment"]["id"] is None
    assert [warning["code"] for warning in run["warnings"]] == ["environment-unknown"]


def test_the_interpreter_is_known_whatever_started_it(script: Place) -> None:
    script.mlrun("exec", "sh", "-c", f"{sys.executable} train.py")
    run = shown(script)
    assert run["command"]["interpreter"] == sys.executable
    assert run["environment"]["python"] == sys.version.split()[0]


def test_a_command_without_any_python_has_no_packages_and_no_warning(script: Place) -> None:
    script.mlrun("exec", "true")
    assert (shown(script)["environment"]["id"], shown(script)["warnings"]) == (None, [])


def test_a_package_installed_between_two_runs_changes_the_fingerprint(script: Place, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    script.env["VIRTUAL_ENV"] = os.fspath(tmp_path / "venv")
    script.mlrun("exec", "train.py")
    before = shown(script)
    (site,) = (tmp_path / "venv" / "lib").glob("*/site-packages")
    (site / "fresh-1.0.dist-info").mkdir()
    (site / "fresh-1.0.dist-info" / "RECORD").write_text("fresh.py,sha256=x,1\n")
    script.mlrun("exec", "train.py")
    after = shown(script)
    assert before["fingerprint"] != after["fingerprint"]
    assert (before["environment"]["packages"], after["environment"]["packages"]) == ({}, {"fresh": "1.0"})


def test_a_script_runs_in_the_projects_own_environment(script: Place) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", os.path.join(script.folder, ".venv")], check=True)
    script.write("where.py", "import sys; print(sys.prefix)\n")
    done = script.mlrun("exec", "where.py")
    assert done.out.strip() == os.path.join(script.folder, ".venv")
    assert "left out: .venv" in done.err
