"""A killed supervisor leaves nothing of its run, and takes nothing else with it."""

import contextlib
import os
import signal
import subprocess
import sys
import uuid

import pytest
from tests.execute.supervised import LONG, Lab, alive, until
from tests.execute.terminal import terminal_session

from runlore.execute.guardian import Guardian, members

FAMILY = (
    "echo $$ >one; sh -c 'echo $$ >two; sleep 1000; :' & "
    "setsid sh -c 'echo $$ >three; sleep 1000; :' & "
    "env -i setsid /bin/sh -c 'echo $$ >four; sleep 1000; :' & wait"
)
NAMES = ("one", "two", "three", "four")
OWNER = """
import sys, time
from runlore.execute.guardian import Guardian
guardian = Guardian(sys.argv[1])
if sys.argv[2:]: guardian.watch(int(sys.argv[2]))
print(guardian._shell.pid, flush=True)
time.sleep(1000)
"""


def kill_and_see(lab: Lab, supervisor: int, names: tuple[str, ...] = NAMES) -> None:
    pids = [int(lab.wait_for(name)) for name in names]
    assert all(map(alive, pids))
    os.kill(supervisor, signal.SIGKILL)
    until(lambda: not any(map(alive, pids)), "the end of everything")


def test_a_killed_supervisor_takes_everything_of_the_run_with_it(lab: Lab) -> None:
    with lab.start("/bin/sh", "-c", FAMILY) as process:
        kill_and_see(lab, process.pid)


def test_a_killed_supervisor_at_a_terminal_takes_everything_with_it(lab: Lab) -> None:
    # It is not the leader of the session, whose end would hang up the terminal.
    shell = ("/bin/sh", "-c", '"$@" & echo $! >supervisor; wait; read x', "sh", *lab.line("/bin/sh", "-c", FAMILY))
    with terminal_session(shell, str(lab.folder)):
        kill_and_see(lab, int(lab.wait_for("supervisor")))


def test_a_stopped_run_ends_too(lab: Lab) -> None:
    with lab.start("/bin/sh", "-c", f"{FAMILY.removesuffix('wait')} kill -STOP $$") as process:
        lab.wait_for("four")
        # The kernel hangs a stopped group up that nobody can continue: the parent of the last may be gone at once.
        kill_and_see(lab, process.pid, NAMES[:3])
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int(lab.wait_for("four")), signal.SIGKILL)


@pytest.fixture
def mine() -> str:
    """The id of a run that no other test has: a guardian spares nobody."""
    return uuid.uuid4().hex


@pytest.fixture
def sleepers(mine: str) -> list[subprocess.Popen[bytes]]:
    """One that carries the mark of the run, and one that does not."""
    environs = [{"RUNLORE_RUN": mine}, {"RUNLORE_RUN": f"{mine}2", "X": f"RUNLORE_RUN={mine}"}]
    return [subprocess.Popen(("/bin/sleep", "1000"), env=each) for each in environs]


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.kill()
        process.communicate()


def test_processes_are_found_by_their_mark_their_parents_and_their_group(
    sleepers: list[subprocess.Popen[bytes]],
    mine: str,
) -> None:
    leader = subprocess.Popen(("/bin/sh", "-c", "sleep 1000; :"), env={}, process_group=0)
    try:
        below = until(lambda: [pid for pid in members("none", leader.pid) if pid != leader.pid], "the shell's child")
        assert members(mine, 0) == [sleepers[0].pid]
        assert members(mine, leader.pid) == sorted([sleepers[0].pid, leader.pid, *below])
    finally:
        os.killpg(leader.pid, signal.SIGKILL)
        end([leader, *sleepers])


@pytest.mark.parametrize("command", [-1, 0, 1])
def test_what_can_be_no_command_is_never_taken_for_one(command: int) -> None:
    # A supervisor that is killed before its command starts names none; the kernel's own processes,
    # and the first of a container, are in group 0.
    assert members("no such run", command) == []
    assert members("no such run", os.getpid()) == []


def test_a_supervisor_killed_before_its_command_starts_harms_nobody(
    sleepers: list[subprocess.Popen[bytes]], mine: str
) -> None:
    owner = subprocess.Popen((sys.executable, "-c", OWNER, mine), stdout=subprocess.PIPE)
    try:
        assert owner.stdout is not None
        shell = int(owner.stdout.readline())
        owner.kill()
        assert sleepers[0].wait(LONG) == -signal.SIGKILL
        until(lambda: not alive(shell), "the end of the guardian")
        assert sleepers[1].poll() is None
    finally:
        end([owner, *sleepers])


def test_a_guardian_that_is_let_go_kills_nothing(sleepers: list[subprocess.Popen[bytes]], mine: str) -> None:
    try:
        guardian = Guardian(mine)
        guardian.watch(sleepers[0].pid)
        guardian.close()
        assert sleepers[0].poll() is None
    finally:
        end(sleepers)


def test_a_run_goes_on_without_a_guardian(lab: Lab) -> None:
    path = lab.patch("import runlore.execute.guardian as g", "g._WAIT = 'exit 1'")
    result = lab.run("/bin/sh", "-c", "sleep 0.2; exit 3", env={**os.environ, "PYTHONPATH": path})
    assert result.returncode == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1])
def test_a_guardian_is_not_ended_by_signals(number: int, sleepers: list[subprocess.Popen[bytes]], mine: str) -> None:
    owner = subprocess.Popen((sys.executable, "-c", OWNER, mine), stdout=subprocess.PIPE)
    try:
        assert owner.stdout is not None
        shell = int(owner.stdout.readline())
        until(lambda: int(field(shell, "SigIgn"), 16) & 1 << (number - 1), "its trap")
        os.kill(shell, number)
        owner.kill()
        assert sleepers[0].wait(LONG) == -signal.SIGKILL
    finally:
        end([owner, *sleepers])


def field(pid: int, name: str) -> str:
    """A field of a process's status."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(line.split()[1] for line in file if line.startswith(f"{name}:"))
