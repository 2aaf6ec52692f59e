"""How a command ends: its status, its time, what it leaves behind."""

import os
import pathlib
import signal
import subprocess
import sys

import pytest
from tests.execute.supervised import LONG, Lab, alive

from runlore.execute.supervise import Outcome, exit_status, supervise


def run_here(tmp_path: pathlib.Path, *argv: str, cwd: str | None = None) -> Outcome:
    return supervise(argv, cwd=cwd or str(tmp_path), env=os.environ, log_path=str(tmp_path / "log"), run_id="here")


@pytest.mark.parametrize("status", [0, 1, 3, 125, 126, 127, 130, 255])
def test_the_exit_status_is_the_commands(lab: Lab, status: int) -> None:
    assert lab.run("/bin/sh", "-c", f"exit {status}").returncode == status
    assert (lab.outcome["exit_code"], lab.outcome["signal"], lab.outcome["timed_out"]) == (status, None, False)
    assert lab.warnings == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGPIPE, signal.SIGRTMIN])
def test_a_signal_that_ends_the_command_is_128_and_its_number(lab: Lab, number: int) -> None:
    assert lab.run("/bin/sh", "-c", f"ulimit -c 0; kill -{number} $$").returncode == 128 + number
    assert (lab.outcome["exit_code"], lab.outcome["signal"]) == (None, number)


def test_times_are_those_of_the_command(lab: Lab) -> None:
    assert lab.run("/bin/sleep", "0.3").returncode == 0
    outcome = lab.outcome
    assert 0.3 <= outcome["duration"] < 60
    assert outcome["ended_at"] - outcome["started_at"] == pytest.approx(outcome["duration"] * 1e9, abs=1e8)


def test_a_process_left_behind_does_not_delay_the_end(lab: Lab) -> None:
    os.mkfifo(lab.folder / "free")
    result = lab.run("/bin/sh", "-c", "{ exec >&- 2>&- <&-; : >free; exec sleep 1000; } & : <free; echo $!")
    os.kill(int(result.stdout), signal.SIGKILL)
    assert result.returncode == 0
    assert lab.warnings == ["processes-left-running"]


@pytest.mark.parametrize("seconds", [0, 1.1], ids=["short", "long"])
def test_daemons_that_have_let_go_of_everything_are_counted(lab: Lab, seconds: float) -> None:
    daemon = "setsid sh -c 'exec >&- 2>&- <&-; echo $$ >>pids; exec sleep 1000' &"
    until_both = "while test $(cat pids 2>/dev/null | wc -l) -lt 2; do sleep 0.01; done"
    assert lab.run("/bin/sh", "-c", f"{daemon} {daemon} {until_both}; sleep {seconds}").returncode == 0
    for pid in (lab.folder / "pids").read_text().split():
        os.kill(int(pid), signal.SIGKILL)
    assert [message for _, message in lab.outcome["warnings"]] == ["2 processes of the run did not end with it"]


def test_what_ends_a_moment_after_the_command_is_not_said_to_be_left(lab: Lab) -> None:
    # As the helper of a pool does: it waits for the end of what started it.
    line = "mkfifo over; { exec >&- 2>&-; read _ <over; } & exec 3>over; exec true"
    for _ in range(5):
        (lab.folder / "over").unlink(missing_ok=True)
        assert lab.run("/bin/bash", "-c", line).returncode == 0
        assert lab.warnings == []


@pytest.mark.parametrize("detach", ["", "setsid "])
def test_a_process_left_behind_goes_on_printing_where_it_would_alone(lab: Lab, detach: str) -> None:
    line = f'{detach}sh -c "echo \\$\\$; read _ <go; echo later" & read _ <started; echo first'
    for name in ("go", "started"):
        os.mkfifo(lab.folder / name)
    with lab.start("/bin/sh", "-c", f"echo >started & {line}", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.wait(60) == 0
        (lab.folder / "go").write_text("\n")
        assert sorted(process.stdout.read().split())[1:] == [b"first", b"later"]
    assert lab.warnings == ["processes-left-running"]
    assert b"later" not in lab.log


def test_a_timeout_ends_everything_and_says_so(lab: Lab) -> None:
    result = lab.run("/bin/sh", "-c", "sleep 1000 & echo $!; wait", options={"timeout": 0.3})
    assert result.returncode == 143
    assert (lab.outcome["timed_out"], lab.warnings) == (True, ["timed-out"])
    assert not alive(int(result.stdout))


def test_at_a_timeout_the_command_may_end_in_order(lab: Lab) -> None:
    line = "trap 'sleep 0.2; echo saved; exit 5' TERM; while :; do sleep 0.05; done"
    result = lab.run("/bin/sh", "-c", line, options={"timeout": 0.3})
    assert (result.returncode, result.stdout) == (5, b"saved\n")


def test_at_a_timeout_the_rest_of_the_run_may_end_in_order_too(lab: Lab) -> None:
    inner = "trap 'sleep 0.5; echo saved; exit' TERM; echo $$; while :; do sleep 0.05; done"
    result = lab.run("/bin/sh", "-c", f'sh -c "{inner.replace("$", chr(92) + "$")}"; :', options={"timeout": 0.5})
    assert result.returncode == 143
    pid, saved = result.stdout.split()
    assert saved == b"saved"
    assert not alive(int(pid))


def test_a_timeout_kills_what_does_not_want_to_end(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", lab.patch("import runlore.execute.alarms as a", "a._GRACE = 0.3"))
    line = "trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$; while :; do sleep 1; done' & while :; do sleep 1; done"
    result = lab.run("/bin/sh", "-c", line, options={"timeout": 0.3})
    assert result.returncode == 137
    assert not alive(int(result.stdout))


@pytest.mark.parametrize("timeout", [30 * 86400.0, 1e300, float("inf")])
def test_a_timeout_may_be_as_long_as_one_likes(lab: Lab, timeout: float) -> None:
    assert lab.run("/bin/sleep", "0.1", options={"timeout": timeout}).returncode == 0
    assert lab.outcome["timed_out"] is False


def test_a_stopped_command_is_ended_by_a_timeout(lab: Lab) -> None:
    assert lab.run("/bin/sh", "-c", "kill -STOP $$", options={"timeout": 0.3}).returncode == 143


MANY = """
import os, signal, threading
from runlore.errors import CommandNotFoundError
from runlore.execute.supervise import supervise

def run(*argv):
    return supervise(argv, cwd='.', env=os.environ, log_path='log', run_id='many').exit_code

def held():
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)]
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    return sorted(os.listdir('/proc/self/fd')), threading.active_count(), mask, handlers

run('/bin/true')
before = held()
for _ in range(30):
    assert run('/bin/sh', '-c', 'exit 3') == 3
    try:
        run('/no/such/program')
    except CommandNotFoundError:
        pass
assert held() == before, (held(), before)
try:
    print(os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG))
except ChildProcessError:
    print('none left')
"""


def test_many_runs_leave_no_descriptor_thread_process_or_handler(tmp_path: pathlib.Path) -> None:
    result = subprocess.run(
        (sys.executable, "-c", MANY), cwd=tmp_path, stdout=subprocess.PIPE, check=True, timeout=LONG
    )
    assert result.stdout == b"none left\n"


def test_a_status_is_given_as_a_shell_gives_it(tmp_path: pathlib.Path) -> None:
    outcome = run_here(tmp_path, "/bin/sh", "-c", "exit 4")
    assert exit_status(outcome) == 4
    assert exit_status(outcome._replace(exit_code=None, signal=9)) == 137
