"""`why` that is ended before its time, or whose time is over: nothing is left running, and the next one goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.why.pair import Pair

_SCRIPT = """
import json, os, signal, sys, time
again = "mlrun-" in os.getcwd()
if again and os.path.exists({hang!r}):
    {heard}
    open({begun!r} + str(os.getpid()), "w").close()
    time.sleep(600)
json.dump({{"loss": float(sys.argv[1])}}, open("metrics.json", "w"))
"""


class _Hanging:
    """A pair of which mixtures hang for as long as a file is there."""

    def __init__(self, folder: Path, heard: str = "pass") -> None:
        self.pair = Pair(folder)
        (folder / "begun").mkdir()
        self.hang, self.begun = folder / "hang", folder / "begun"
        script = _SCRIPT.format(hang=os.fspath(self.hang), begun=f"{self.begun}/", heard=heard)
        self.pair.write({"train.py": script})
        self.pair.exec("a", "1", "--pad=1")
        self.pair.exec("b", "2", "--pad=2")
        self.hang.touch()

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "runlore", "why", "a", "b", *words]
        place = self.pair.place
        return subprocess.Popen(
            command, cwd=place.folder, env=place.env, start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def wait_for(self, count: int) -> None:
        assert _comes(lambda: len(os.listdir(self.begun)) == count)

    def is_clean(self) -> bool:
        """Whether no process of it is left, and no folder."""
        alive = any(os.path.exists(f"/proc/{pid}") for pid in os.listdir(self.begun))
        return not alive and not [name for name in os.listdir(self.pair.folder / "scratch") if name[:6] == "mlrun-"]

    def states(self) -> set[str]:
        found = json.loads(self.pair.place.mlrun("list", "--json").out)["data"]["runs"]
        return {each["state"] for each in found}


def _comes(is_so: Callable[[], bool]) -> bool:
    for _ in range(600):
        if is_so():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_of_one_that_is_ended(tmp_path: Path, number: signal.Signals, jobs: str) -> None:
    hanging = _Hanging(tmp_path)
    process = hanging.start("--jobs", jobs)
    hanging.wait_for(int(jobs))
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    assert (b"goes on from there" in said) == (number == signal.SIGINT)
    if number == signal.SIGKILL:
        assert _comes(hanging.is_clean)
    assert hanging.is_clean()
    hanging.hang.unlink()
    assert hanging.pair.why()["verdict"] == "found"
    assert hanging.states() == {"succeeded", "killed"}
    assert hanging.pair.place.mlrun("fsck").status == 0


def test_ctrl_c_reaches_whole_groups_and_nothing_is_left(tmp_path: Path) -> None:
    hanging = _Hanging(tmp_path)
    process = hanging.start("--jobs", "2")
    hanging.wait_for(2)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert hanging.is_clean()


def test_one_that_will_not_end_is_killed(tmp_path: Path) -> None:
    hanging = _Hanging(tmp_path, heard="signal.signal(signal.SIGTERM, signal.SIG_IGN)")
    process = hanging.start()
    hanging.wait_for(1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=50)
    assert _comes(hanging.is_clean)


def test_a_run_that_is_under_way_when_the_time_is_over_is_ended(tmp_path: Path) -> None:
    hanging = _Hanging(tmp_path)
    found = hanging.pair.why("--budget", "2s", status=1)
    assert found["verdict"] == "open"
    assert "2s" in found["sentence"]
    assert hanging.is_clean()
    hanging.hang.unlink()
    assert hanging.pair.why()["verdict"] == "found"


def test_a_run_that_takes_too_long_counts_as_one_that_cannot_be_run(tmp_path: Path) -> None:
    hanging = _Hanging(tmp_path)
    done = hanging.pair.asked("--timeout", "1s", status=15)
    assert "was stopped before its end" in done.err
    assert hanging.is_clean()


def test_what_a_mixture_leaves_running_is_ended(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    (tmp_path / "left").mkdir()
    script = f"""
import json, os, sys, time
if "mlrun-" in os.getcwd() and os.fork() == 0:
    os.setsid()
    open({os.fspath(tmp_path / "left")!r} + "/" + str(os.getpid()), "w").close()
    time.sleep(600)
json.dump({{"loss": float(sys.argv[1])}}, open("metrics.json", "w"))
"""
    pair.write({"train.py": script})
    pair.exec("a", "1")
    pair.exec("b", "2")
    assert pair.why()["verdict"] == "found"
    assert _comes(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in os.listdir(tmp_path / "left")))
