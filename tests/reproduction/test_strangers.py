"""A run that others made: nothing that it names is executed before a person has said so."""

import json
import os
import platform
import shutil
import sys
import tarfile
from pathlib import Path

import pytest
from tests.cli.place import Place
from tests.reproduction.small import Small

from runlore.execute.environment.uv import find_uv
from runlore.records.environment import Environment, Package, encode_environment
from runlore.records.hashing import ObjectId
from runlore.store.store import Store

LOOKS = (["reproduce", "--check"], ["reproduce"], ["environment", "vendor"], ["environment", "lock"])
LOSSES = """
import os, runlore
for step, loss in enumerate((3.0, 2.0 + int.from_bytes(os.urandom(4), "big") / 2**33, 1.0)):
    runlore.log({"loss": loss}, step=step)
"""
BACKEND = "open({!r}, 'w').close()"


def environment(small: Small, python: str, *packages: Package) -> ObjectId:
    record = Environment(python, "cpython", "linux-x86_64-glibc2.36", packages)
    with Store(os.fspath(small.top / ".mlrun")) as store, store.writer() as writer:
        return ObjectId(writer.add_record(encode_environment(record)))


def look(small: Small, run: str) -> dict[str, int]:
    """The exit status of everything that a careful person types."""
    return {" ".join(words): small.place.mlrun(*words, run).status for words in LOOKS}


@pytest.mark.parametrize("absolute", [True, False])
def test_an_interpreter_that_a_stranger_names_is_not_started(small: Small, tmp_path: Path, absolute: bool) -> None:
    small.train("echo hello")
    python = small.write("bin/python3", f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
    python.chmod(0o755)
    named = os.fspath(python) if absolute else "bin/python3"
    run = small.again(recipe={"environment": environment(small, "3.99.1")}, host="elsewhere", interpreter=named)
    found = look(small, run)
    assert (found["reproduce"], found["environment vendor"]) == (17, 17)
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(find_uv() is None, reason="uv is not installed")
def test_a_package_of_a_stranger_is_not_built(small: Small, tmp_path: Path) -> None:
    small.train("echo hello")
    (tmp_path / "evil-1.0").mkdir()
    (tmp_path / "evil-1.0" / "backend.py").write_text(BACKEND.format(os.fspath(tmp_path / "built")))
    settings = "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
    (tmp_path / "evil-1.0" / "pyproject.toml").write_text(settings)
    with tarfile.open(small.top / "evil-1.0.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "evil-1.0", "evil-1.0")
    evil = Package("evil", "1.0", None, "local", f"file://{small.top}/evil-1.0.tar.gz")
    oid = environment(small, platform.python_version(), evil)
    found = look(small, small.again(recipe={"environment": oid}, host="elsewhere"))
    assert found == {"reproduce --check": 0, "reproduce": 17, "environment vendor": 17, "environment lock": 15}
    assert not (tmp_path / "built").exists()
    small.place.mlrun("reproduce", "@", "--trust")
    assert (tmp_path / "built").exists()


def test_the_name_of_this_machine_in_a_store_from_elsewhere_makes_no_trust(small: Small, tmp_path: Path) -> None:
    small.train("echo hello")
    assert small.reproduce("@~0")["verdict"] == "identical"
    there = handed_over(small, tmp_path)
    (tmp_path / "there/.mlrun/secret-key").unlink()
    done = there.mlrun("reproduce", "@~0")
    assert (done.status, "repeating it executes their code" in done.err) == (17, True)
    assert there.mlrun("exec", "--", "true").status == 0  # which does not make the store one's own
    assert there.mlrun("reproduce", "@~1").status == 17
    assert there.mlrun("reproduce", "@~1", "--trust").status == 0


def test_a_run_that_only_adds_to_a_file_is_judged_by_what_it_printed(small: Small) -> None:
    small.write("log.txt", "before\n")
    small.write(".gitignore", "log.txt\n")
    small.train('od -An -N8 -tx1 /dev/urandom | tr -d " " | tr 0-9 g-p | tee -a log.txt')
    found = small.reproduce(status=1)
    assert found["verdict"] == "different"


def test_a_metric_whose_points_differ_between_its_ends_is_different(small: Small) -> None:
    small.write("train.py", LOSSES)
    small.place.env["VIRTUAL_ENV"] = os.path.dirname(os.path.dirname(sys.executable))
    done = small.place.mlrun("exec", "train.py")
    assert done.status == 0, done.err
    found = small.reproduce("--env", "current", status=1)
    assert (found["verdict"], found["first_divergence"]["step"]) == ("different", 1)
    assert small.reproduce("@~1", "--env", "current", "--tolerance", "loss=0.9")["verdict"] == "within-tolerance"


def test_the_words_of_a_record_add_no_line_to_a_lock_file(small: Small) -> None:
    small.train("echo hello")
    packages = (Package("a\nevil==6.6", "1"), Package("b", "1\r--index-url=https://evil", None, "local", "x\n-e ."))
    oid = environment(small, "3.11.1\n--no-binary :all:", *packages)
    run = small.again(recipe={"environment": oid}, host="elsewhere")
    done = small.place.mlrun("environment", "lock", run, "--format", "requirements")
    assert done.status == 0, done.err
    assert [line[0] for line in done.out.splitlines() if line] == ["#", "#", "#"]


@pytest.mark.parametrize("said", ["[" * 100_000, '{{"findings": [[1, {{}}, 2]], {rest}}}', None])
def test_what_a_stranger_says_of_a_prepared_environment_is_no_trap(small: Small, said: str | None) -> None:
    small.train("echo hello")
    oid = environment(small, platform.python_version())
    run = small.again(recipe={"environment": oid}, host="elsewhere")
    room = small.top / ".mlrun" / "envs" / oid
    (room / "bin").mkdir(parents=True)
    (room / "bin" / "python").touch()
    state = os.stat(room / "bin" / "python")
    rest = {"path": str(room), "interpreter": [state.st_size, state.st_mtime_ns], "site": "", "distributions": []}
    if said is None:
        os.mkfifo(room / "complete.json")
    else:
        (room / "complete.json").write_text(
            said.replace("{rest}", json.dumps(rest)[1:-1]).replace("{{", "{").replace("}}", "}")
        )
    assert small.reproduce(run, "--check")["grade"] in {"complete", "uncertain"}


def test_a_store_of_ones_own_is_that_wherever_it_lies(small: Small, tmp_path: Path) -> None:
    small.train("echo hello")
    assert handed_over(small, tmp_path).mlrun("reproduce", "@").status == 0


def test_where_nothing_can_be_remembered_the_name_of_the_machine_counts(small: Small, tmp_path: Path) -> None:
    small.train("echo hello")
    there = handed_over(small, tmp_path)
    there.env = {**there.env, "HOME": "/proc/nowhere"}
    assert there.mlrun("reproduce", "@").status == 0


def handed_over(small: Small, tmp_path: Path) -> Place:
    """A copy of the project's folder, store and all, in the hands of the same person."""
    shutil.copytree(small.top, tmp_path / "there", symlinks=True)
    there = Place(os.fspath(tmp_path / "there"), small.place.env["HOME"])
    there.env = small.place.env
    return there
