"""`mlrun environment`: lock files that uv really installs from, and packages kept for a day without a network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.place import Place
from tests.execute.wheels import Machine, site, wheel

from runlore.capture.environment import read_environment
from runlore.execute.environment.lock import from_lock
from runlore.execute.environment.rebuild import rebuild
from runlore.execute.environment.report import report_of
from runlore.ops.environment import environment_of
from runlore.records.environment import encode_environment
from runlore.records.hashing import record_id
from runlore.store.refs import Refs
from runlore.store.store import Store


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    wheel(made.wheels, "tiny", "1.0", {"tiny.py": "VALUE = 1\n"})
    wheel(made.wheels, "other", "2.0", {"other/__init__.py": ""})
    return made


@pytest.fixture
def place(machine: Machine, tmp_path: Path) -> Place:
    """A project with one run that had three packages, one of them from a file."""
    (tmp_path / "project").mkdir()
    made = Place(str(tmp_path / "project"), str(machine.home))
    python = machine.environment()
    local = wheel(tmp_path / "elsewhere", "local", "3.0", {"local.py": "VALUE = 3\n"})
    machine.install(python, "tiny", "other", local)
    made.env |= {**machine.environ, "VIRTUAL_ENV": str(python.parent.parent)}
    made.write("train.py", "import tiny, local\n")
    assert made.mlrun("exec", "train.py").status == 0
    local.unlink()
    return made


def run_of(place: Place) -> Any:  # noqa: ANN401 - any JSON
    return place.mlrun("show", "--json").data()


def test_a_pylock_is_what_uv_installs_from(place: Place, machine: Machine) -> None:
    done = place.mlrun("environment", "lock", "-o", "pylock.toml")
    assert (done.status, done.out) == (0, "wrote 2 packages to pylock.toml\n"), done.err
    assert "local 3.0 is not in it" in done.err
    text = Path(place.folder, "pylock.toml").read_text()
    assert 'lock-version = "1.0"' in text
    assert "# not here: local 3.0" in text
    python = machine.environment("fresh")
    lock = Path(place.folder, "pylock.toml")
    machine.run(machine.uv, "pip", "sync", "--quiet", "--no-index", "--python", python, lock)
    names = {path.name for path in site(python).glob("*.dist-info")}
    assert names == {"tiny-1.0.dist-info", "other-2.0.dist-info"}
    assert sorted(os.listdir(place.folder)) == [".mlrun", "pylock.toml", "train.py"]


def test_requirements_are_the_exact_versions_and_ask_nobody(place: Place, machine: Machine) -> None:
    shutil.rmtree(machine.wheels)
    done = place.mlrun("environment", "lock", "--format", "requirements")
    assert [line for line in done.out.splitlines() if not line.startswith("#")] == ["other==2.0", "tiny==1.0"]
    found = place.mlrun("environment", "lock", "--format", "requirements", "--json").data()
    assert (found["packages"], [each["name"] for each in found["left_out"]]) == (2, ["local"])


def test_a_lock_of_packages_that_are_nowhere_is_an_error_with_a_way_out(place: Place, machine: Machine) -> None:
    shutil.rmtree(machine.wheels)
    shutil.rmtree(machine.folder / "cache")
    machine.wheels.mkdir()
    done = place.mlrun("environment", "lock", "-o", "pylock.toml")
    assert done.status == 15
    assert "--format requirements" in done.err
    assert sorted(os.listdir(place.folder)) == [".mlrun", "train.py"]


def test_what_was_vendored_is_made_again_without_wheels_cache_or_network(place: Place, machine: Machine) -> None:
    done = place.mlrun("environment", "vendor", "--json")
    assert done.status == 0, done.err
    assert (done.data()["packages"], done.data()["left_out"]) == (3, [])
    recorded = run_of(place)["environment"]["id"]
    for gone in (machine.wheels, machine.folder / "cache", Path(place.env["VIRTUAL_ENV"])):
        shutil.rmtree(gone)
    environ = {**machine.environ, "UV_OFFLINE": "1"}
    with Store(os.path.join(place.folder, ".mlrun")) as store:
        ran = environment_of(store, Refs(store.layout, store.index), run_of(place)["id"])
        made = rebuild(store, ran.environment, ran.kept, environ=environ, interpreter=sys.executable)
    report = report_of(made.python, environ)
    assert report is not None
    assert record_id(encode_environment(read_environment(report, None))) == recorded
    subprocess.run([made.python, "-c", "import tiny, other, local"], check=True)
    assert place.mlrun("fsck").status == 0


def test_vendoring_twice_adds_nothing(place: Place) -> None:
    assert place.mlrun("environment", "vendor", "--json").data()["new_bytes"] > 0
    again = place.mlrun("environment", "vendor", "--json").data()
    assert (again["packages"], again["new_bytes"]) == (3, 0)
    assert "kept 3 packages" in place.mlrun("environment", "vendor").out


def test_vendoring_makes_the_environment_again_where_it_no_longer_stands(place: Place) -> None:
    shutil.rmtree(place.env["VIRTUAL_ENV"])
    done = place.mlrun("environment", "vendor", "--json")
    assert done.status == 0, done.err
    assert (done.data()["packages"], done.data()["left_out"]) == (3, [])


def test_fsck_misses_what_was_vendored(place: Place) -> None:
    place.mlrun("environment", "vendor")
    packs = Path(place.folder, ".mlrun", "packs")
    newest = max(packs.iterdir(), key=lambda path: path.stat().st_mtime_ns)
    newest.unlink()
    shutil.rmtree(Path(place.folder, ".mlrun", "cache"))
    done = place.mlrun("fsck")
    assert done.status == 1
    assert "package" in done.out


@pytest.mark.parametrize("name", ["pylock.toml", "requirements.txt"])
def test_an_environment_is_made_from_a_lock_file_in_the_place_of_the_record(
    place: Place, machine: Machine, name: str
) -> None:
    form = "pylock" if name == "pylock.toml" else "requirements"
    assert place.mlrun("environment", "lock", "--format", form, "-o", name).status == 0
    with Store(os.path.join(place.folder, ".mlrun")) as store:
        ran = environment_of(store, Refs(store.layout, store.index), run_of(place)["id"])
        path = os.path.join(place.folder, name)
        made = [
            from_lock(store, path, ran.environment, ran.kept, environ=machine.environ, interpreter=ran.interpreter)
            for _ in range(2)
        ]
    assert [each.fresh for each in made] == [True, False]
    assert {each.part: each.status for each in made[0].findings} == {"local": "missing"}
    subprocess.run([made[0].python, "-c", "import tiny, other"], check=True)


def test_a_run_without_an_environment_has_no_lock(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    place = Place(str(tmp_path / "project"), str(machine.home))
    place.mlrun("exec", "true")
    done = place.mlrun("environment", "lock")
    assert (done.status, "not on record" in done.err) == (15, True)


def test_a_word_that_is_no_action_is_refused(machine: Machine, tmp_path: Path) -> None:
    place = Place(str(tmp_path), str(machine.home))
    done = place.mlrun("environment", "unlock")
    assert (done.status, "lock, vendor" in done.err) == (2, True)
    assert place.mlrun("environment", "vendor", "-o", "x").status == 2
