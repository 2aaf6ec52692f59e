"""An interactive shell: its jobs stop, go on and end as they do without us."""

import shutil

import pytest
from tests.execute.supervised import LONG, Lab, state, until
from tests.execute.terminal import terminal_session


def shell() -> tuple[str, ...]:
    """An interactive shell with job control."""
    if bash := shutil.which("bash"):
        return (bash, "--norc", "--noprofile", "--noediting", "-i")
    pytest.skip("needs bash")


def program(lab: Lab, *command: str) -> str:
    """A program, to be typed at a shell, that supervises ``command``."""
    path = lab.folder / "it"
    path.write_text("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in lab.line(*command)) + "\n")
    path.chmod(0o755)
    return "./it"


STOPPABLE = ("/bin/sh", "-c", "echo $$ $PPID >pids; echo ready; read line; echo got $line; exit 4")


def test_ctrl_z_stops_the_command_and_us_and_fg_goes_on(lab: Lab) -> None:
    with terminal_session(shell(), str(lab.folder)) as (terminal, _):
        terminal.type(f"PS1='$? > '; {program(lab, *STOPPABLE)}\n")
        terminal.expect("ready\r\n")
        pids = [int(pid) for pid in lab.wait_for("pids").split()]
        for _ in range(2):
            terminal.type("\x1a")
            terminal.expect("Stopped")
            terminal.expect(" > ")
            assert [state(pid) for pid in pids] == ["T", "T"]
            terminal.type("fg\n")
            until(lambda: "T" not in [state(pid) for pid in pids], "going on")
        terminal.type("x\n")
        terminal.expect("got x\r\n")
        terminal.expect("4 > ")
        terminal.type("exit\n")


def test_a_job_in_the_background_waits_when_it_reads(lab: Lab) -> None:
    with terminal_session(shell(), str(lab.folder)) as (terminal, _):
        # With `set -b` a shell says of a job that it has stopped as soon as it knows; before, `fg` would not wake it.
        terminal.type(f"PS1='$? > '; set -b; {program(lab, *STOPPABLE)} &\n")
        pids = [int(pid) for pid in lab.wait_for("pids").split()]
        until(lambda: [state(pid) for pid in pids] == ["T", "T"], "reading in the background")
        terminal.expect("Stopped")
        terminal.type("fg\n")
        until(lambda: "T" not in [state(pid) for pid in pids], "going on")
        terminal.type("y\n")
        terminal.expect("got y\r\n")
        terminal.expect("4 > ")
        terminal.type("exit\n")


def test_ctrl_c_ends_a_whole_pipeline(lab: Lab) -> None:
    with terminal_session(shell(), str(lab.folder)) as (terminal, _):
        line = program(lab, "/bin/sh", "-c", "echo ready >/dev/tty; exec sleep 1000")
        terminal.type(f"PS1='$? > '; set -o pipefail; {line} | cat\n")
        terminal.expect("ready\r\n")
        terminal.type("\x03")
        terminal.expect("130 > ")
        terminal.type("exit\n")


def test_a_shell_within_works(lab: Lab) -> None:
    with terminal_session(lab.line(*shell()), str(lab.folder)) as (terminal, process):
        terminal.type("PS1='$? > '; sh -c 'read x; exit $x'\n")
        terminal.expect("exit $x'\r\n")
        terminal.type("9\n")
        terminal.expect("9 > ")
        terminal.type("exit 8\n")
        assert process.wait(LONG) == 8
