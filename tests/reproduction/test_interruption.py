"""Ctrl-C, SIGTERM and kill -9 at many points of a reproduction: nothing half-made stays, the store is sound."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.reproduction.packaged import Packaged
from tests.reproduction.small import Small, kill, on_terminal

from runlore.store.envs import half_made

POINTS = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0]


@pytest.fixture
def trained(small: Small) -> Small:
    """A run with enough files that restoring them takes a while, and that takes half a second."""
    for number in range(300):
        small.write(f"src/{number}.txt", f"{number}\n" * 50)
    small.train("cat src/1.txt > out.txt; sleep 0.4; echo done")
    return small


def interrupted(small: Small, number: int, after: float, *words: str) -> int:
    """The status of a reproduction to which a signal was sent after that many seconds."""
    process = small.start("reproduce", "@", *words)
    time.sleep(after)
    if process.poll() is None:
        kill(process, number)
    return process.wait(60)


@pytest.mark.crash
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whenever_it_is_interrupted_nothing_half_made_stays(trained: Small, number: int) -> None:
    before = trained.files()
    first = trained.place.mlrun("show", "--json").data()["id"]
    for after in POINTS:
        status = interrupted(trained, number, after)
        assert number == signal.SIGKILL or trained.left() == [], (after, status)
        assert trained.files() == before
    found = trained.reproduce(first)  # which sweeps what a kill left behind
    assert found["verdict"] == "identical"
    checked = trained.place.mlrun("fsck")
    assert checked.status == 0, checked.out + checked.err


@pytest.mark.crash
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_folder_that_was_named_is_whole_or_as_it_was(trained: Small, number: int) -> None:
    kept = trained.folder / "kept"
    for after in POINTS:
        interrupted(trained, number, after, "--into", os.fspath(kept))
        names = sorted(path.name for path in kept.iterdir()) if kept.exists() else []
        assert names in ([], ["src", "train.sh"], ["out.txt", "src", "train.sh"]), (after, names)
        assert len(list(Path(kept, "src").glob("*"))) in {0, 300}
        if kept.exists():
            trained.place.mlrun("fsck")
            for path in sorted(kept.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            kept.rmdir()


@pytest.mark.crash
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_environment_is_taken_for_whole_that_is_not(tmp_path: Path, number: int) -> None:
    packaged = Packaged(tmp_path)
    envs = f"{packaged.place.folder}/.mlrun/envs"
    for after in POINTS[1::2]:
        shutil.rmtree(envs, ignore_errors=True)
        words = [sys.executable, "-m", "runlore", "reproduce", "@", "-q"]
        process = subprocess.Popen(words, cwd=packaged.place.folder, env=packaged.place.env, process_group=0)
        time.sleep(after)
        if process.poll() is None:
            kill(process, number)
        process.wait(60)
        assert number == signal.SIGKILL or list(half_made(envs)) == [], after
    assert packaged.reproduce(status=0)["verdict"] == "identical"
    assert list(half_made(envs)) == []


def test_ctrl_c_at_a_terminal_ends_command_and_reproduction(small: Small) -> None:
    small.train("test -e $HOME/once && { echo training; exec sleep 60; }; echo > $HOME/once")
    began = time.monotonic()
    status, _ = on_terminal(small, "@", "training", "\x03")
    assert status == -signal.SIGINT
    assert time.monotonic() - began < 50
    assert small.left() == []
