"""Runs that make it hard to watch them: they end as without us, and the record says what it does not know."""

import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from tests.cli.place import Place

_needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has rights to give up, and mounts")


def record(place: Place, source: str, *options: str) -> dict[str, Any]:
    """The record of a script that must end with status 7."""
    place.write("in.txt", "read")
    place.write("bad.py", source)
    done = place.mlrun("exec", *options, "bad.py")
    if "cannot be used" in done.err:
        pytest.skip(done.err)
    assert done.status == 7, done.err
    found: dict[str, Any] = place.mlrun("show", "--json").data()
    assert (found["state"], found["exit_code"]) == ("failed", 7)
    return found


def codes(run: dict[str, Any]) -> set[str]:
    return {each["code"] for each in run["warnings"]}


def paths(refs: list[dict[str, Any]]) -> list[str]:
    return [each["path"] for each in refs]


@_needs_root
@pytest.mark.parametrize("rung", ["native", "python"])
def test_a_process_that_gives_up_its_rights_goes_on_being_watched_and_logging(place: Place, rung: str) -> None:
    os.mkdir(os.path.join(place.folder, "out"))
    os.chmod(os.path.join(place.folder, "out"), 0o777)  # noqa: S103 - for whoever the process becomes
    drop = """
import os, runlore, sys
open("in.txt").read()
out = os.open("out", os.O_RDONLY)
runlore.log(loss=1.5)
os.setgid(65534); os.setuid(65534)
os.fchdir(out)
runlore.log(loss=0.5)
print("still here")
sys.exit(7)
"""
    run = record(place, drop, "--trace", rung)
    assert run["metrics"]["loss"]["last"] == 0.5
    assert paths(run["inputs"]) == ["in.txt"]


def test_a_tracer_that_is_killed_leaves_the_run_its_own_end(place: Place) -> None:
    kill = """
import os, signal
open("in.txt").read()
tracer = int(next(line for line in open("/proc/self/status") if line.startswith("TracerPid")).split()[1])
os.kill(tracer, signal.SIGKILL)
os._exit(7)
"""
    run = record(place, kill, "--trace", "strace")
    assert "trace-incomplete" in codes(run)


@pytest.fixture
def small(tmp_path: pathlib.Path) -> Iterator[Place]:
    """A place on a disk of 6 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount: list[str | os.PathLike[str]] = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    for name in ("project", "home"):
        (disk / name).mkdir()
    yield Place(os.fspath(disk / "project"), os.fspath(disk / "home"))
    subprocess.run(["umount", "-l", disk], check=True)


@_needs_root
def test_a_run_that_fills_the_disk_has_its_end_and_the_store_stays_sound(small: Place) -> None:
    fill = """
import sys, runlore
try:
    with open("fill", "wb", 0) as file:
        while file.write(bytes(4096)): pass
except OSError as error:
    print(error)
runlore.log(loss=0.5)
sys.exit(7)
"""
    run = record(small, fill)
    assert [(each["path"], each["stored"]) for each in run["outputs"]] == [("fill", False)]
    assert {"not-kept", "log-incomplete"} <= codes(run)
    os.unlink(os.path.join(small.folder, "fill"))
    assert small.mlrun("fsck").status == 0


def test_what_a_forked_child_makes_is_of_the_run(place: Place) -> None:
    fork = """
import os
open("in.txt").read()
if os.fork() == 0:
    with open("child.txt", "w") as file: file.write("made")
    os._exit(0)
os.wait()
os._exit(7)
"""
    run = record(place, fork)
    assert (paths(run["inputs"]), paths(run["outputs"])) == (["in.txt"], ["child.txt"])
    assert run["warnings"] == []


def test_a_daemon_without_descriptors_is_on_record_as_left_running(place: Place) -> None:
    daemon = """
import os, time
if os.fork() == 0:
    os.setsid()
    if pid := os.fork():
        with open("pid", "w") as file: file.write(str(pid))
        os._exit(0)
    os.closerange(0, 2000)
    time.sleep(1000)
os.wait()
os._exit(7)
"""
    try:
        assert "processes-left-running" in codes(record(place, daemon))
    finally:
        with open(os.path.join(place.folder, "pid"), encoding="ascii") as file:
            os.kill(int(file.read()), 9)


def test_numbers_that_are_none_and_very_many_names_are_on_record(place: Place) -> None:
    many = """
import runlore, sys
runlore.log(loss=float("nan"), rate=float("inf"))
runlore.log(**{f"name{at}": at for at in range(20_000)})
sys.exit(7)
"""
    run = record(place, many)
    assert (run["metrics"]["loss"]["last"], run["metrics"]["rate"]["last"]) == ("nan", "inf")
    assert "metrics-too-many" in codes(run)


@_needs_root
@pytest.mark.parametrize("rung", ["auto", "native", "strace"])
def test_without_proc_a_run_is_watched_by_what_needs_none(place: Place, rung: str) -> None:
    place.write("in.txt", "read")
    place.write("read.py", "open('in.txt').read()")
    line = f"umount -l /proc && exec {sys.executable} -m runlore exec --trace {rung} read.py"
    unshared = ("unshare", "-m", "sh", "-c", line)
    done = subprocess.run(unshared, cwd=place.folder, env=place.env, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "umount" in done.stderr:
        pytest.skip("no mounts of its own can be had here")
    if rung == "auto":
        run = place.mlrun("show", "--json").data()
        assert (run["observer"]["name"], paths(run["inputs"])) == ("python", ["in.txt"])
    else:
        assert done.returncode == 2
        assert "cannot be used" in done.stderr
