"""Programs that read keys at the terminal behind their output get them; of nobody else is a key ever taken."""

import os
import shutil
import signal
import sys
import termios
import time

import pytest
from tests.execute.supervised import LONG, Lab, script, state, until
from tests.execute.terminal import terminal_session
from tests.execute.test_job_control import program, shell

LINES = "".join(f"line {number}\n" for number in range(300))


def installed(name: str) -> str:
    if path := shutil.which(name):
        return path
    pytest.skip(f"needs {name}")


def pager(lab: Lab, *argv: str) -> list[str]:
    """A supervised pager, with 300 lines in the file ``text``."""
    (lab.folder / "text").write_text(LINES)
    return lab.line("/usr/bin/env", "TERM=xterm", "LESS=", "MORE=", installed(argv[0]), *argv[1:])


@pytest.mark.parametrize("argv", [("less", "text"), ("more", "text")])
def test_a_pager_gets_keys(lab: Lab, argv: tuple[str, ...]) -> None:
    with terminal_session(pager(lab, *argv), str(lab.folder)) as (terminal, process):
        before = terminal.modes
        for last in (22, 44):
            terminal.expect(f"line {last}")
            terminal.type(" ")
        terminal.expect("line 60")
        terminal.type("q")
        assert process.wait(LONG) == 0
        assert terminal.modes == before


@pytest.mark.parametrize("name", ["less", "more"])
def test_a_pager_at_the_end_of_a_pipe_gets_keys(lab: Lab, name: str) -> None:
    line = f"cat text | {installed(name)}; echo status $?"
    with terminal_session(pager(lab, "sh", "-c", line), str(lab.folder)) as (terminal, process):
        terminal.expect("line 22")
        terminal.type(" ")
        terminal.expect("line 44")
        terminal.type("q")
        terminal.expect("status 0")
        assert process.wait(LONG) == 0


def test_what_is_typed_ahead_is_for_whoever_comes_next(lab: Lab) -> None:
    line = f"read go; {installed('less')} text; read line; echo got $line; {installed('less')} text; read last"
    with terminal_session(pager(lab, "sh", "-c", f"{line}; echo $last"), str(lab.folder)) as (terminal, process):
        terminal.type("\n qthis\n qthat\n")
        terminal.expect("got this")
        terminal.expect("that")
        assert process.wait(LONG) == 0


def test_an_editor_that_has_read_its_input_gets_keys(lab: Lab) -> None:
    vim = installed("vim")
    line = f"echo some text | {vim} -Nu NONE -i NONE -n -"
    with terminal_session(pager(lab, "sh", "-c", line), str(lab.folder)) as (terminal, process):
        terminal.expect("some text")
        terminal.type("A, and more\x1b:w out\r")
        until((lab.folder / "out").exists, "the file")
        terminal.type(":q!\r")
        assert process.wait(LONG) == 0
    assert (lab.folder / "out").read_text() == "some text, and more\n"


def test_help_in_a_debugger_is_shown_by_a_pager(lab: Lab) -> None:
    installed("less")
    (lab.folder / "program.py").write_text("answer = 42\nprint(answer)\n")
    line = ("/usr/bin/env", "-u", "PAGER", "-u", "MANPAGER", "TERM=xterm", "LESS=")
    command = (*line, sys.executable, "-IS", "-m", "pdb", "program.py")
    with terminal_session(lab.line(*command), str(lab.folder)) as (terminal, process):
        before = terminal.modes
        terminal.expect("(Pdb) ")
        terminal.type("n\r")
        terminal.expect("(Pdb) ")
        for _ in range(5):
            terminal.type("import pydoc; pydoc.help(str)\r")
            terminal.expect("class str")
            terminal.type("q")
            terminal.expect("(Pdb) ")
            terminal.type("p answer\r")
            terminal.expect("42\r\n")
            terminal.expect("(Pdb) ")
        terminal.type("q\r")
        assert process.wait(LONG) == 0
        assert terminal.modes == before


def test_a_stopped_pager_goes_on(lab: Lab) -> None:
    (lab.folder / "text").write_text(LINES)
    with terminal_session(shell(), str(lab.folder)) as (terminal, _):
        command = ("/usr/bin/env", "TERM=xterm", "LESS=", installed("less"), "text")
        terminal.type(f"PS1='$? > '; {program(lab, *command)}\n")
        for first in (22, 44):
            terminal.expect(f"line {first}")
            time.sleep(0.2)  # a signal just before it waits for a key is handled by less only after one
            terminal.type("\x1a")
            terminal.expect("Stopped")
            terminal.expect(" > ")
            terminal.type("echo for the shell\n")
            terminal.expect("\r\nfor the shell")
            terminal.type("fg\n")
            terminal.expect(f"line {first}")
            terminal.type(" ")
        terminal.expect("line 60")
        terminal.type("q")
        terminal.expect("0 > ")
        terminal.type("exit\n")


def test_a_killed_pager_leaves_the_keys_to_others(lab: Lab) -> None:
    line = f"{installed('less')} text & echo $! >pager; wait $!; read line; echo got $line"
    # In the background of a shell without job control it would have no standard input: less needs none.
    with terminal_session(pager(lab, "sh", "-c", line), str(lab.folder)) as (terminal, process):
        before = terminal.modes
        terminal.expect("line 22")
        terminal.type(" ")
        terminal.expect("line 44")
        pid = int(lab.wait_for("pager"))
        until(lambda: state(pid) == "S", "waiting")
        os.kill(pid, signal.SIGKILL)
        terminal.type("mine\n")
        terminal.expect("got mine")
        assert process.wait(LONG) == 0
        assert terminal.modes == before


def test_a_busy_program_with_modes_of_its_own_loses_no_key(lab: Lab) -> None:
    # As a program with curses does: it sets the modes of what it writes to, and reads its standard input. A worker
    # of it has the same output, and another input.
    command = script(
        "import os, subprocess, sys, termios, time, tty",
        "worker = subprocess.Popen(('/bin/sleep', '1000'), stdin=subprocess.DEVNULL)",
        "tty.setcbreak(1, termios.TCSANOW)",
        "os.write(1, b'ready')",
        "time.sleep(1)",
        "keys = b''",
        "while not keys.endswith(b'q'): keys += os.read(0, 7); time.sleep(0.01)",
        "worker.kill()",
        "print('got', keys)",
    )
    typed = "".join(chr(ord("A") + n % 26) for n in range(500)) + "q"
    with terminal_session(lab.line(*command), str(lab.folder)) as (terminal, process):
        terminal.expect("ready")
        for start in range(0, 501, 3):
            terminal.type(typed[start : start + 3])
            time.sleep(0.005)
        terminal.expect(f"got b'{typed}'")
        assert process.wait(LONG) == 0


def test_no_key_is_taken_for_a_program_that_waits_until_what_it_shows_is_taken(lab: Lab) -> None:
    # So may a pager that has read the key which ends it: keys that come now are for whoever comes next.
    command = script(
        "import os, termios, tty",
        "modes = termios.tcgetattr(1)",
        "keys = os.open(os.ttyname(1), os.O_RDONLY | os.O_NOCTTY)",
        "tty.setcbreak(1, termios.TCSANOW)",
        "open('pid', 'w').write(f'{os.getpid()}\\n')",
        "rest = b'x' * 300_000",
        "while rest: rest = rest[os.write(1, rest):]",
        "termios.tcsetattr(1, termios.TCSANOW, modes)",
        "keys = b''",
        "while not keys.endswith(b'\\n'): keys += os.read(0, 10)",
        "print('got', keys)",
    )
    with terminal_session(lab.line(*command), str(lab.folder)) as (terminal, process):
        pid = int(lab.wait_for("pid"))
        until(lambda: state(pid) == "S" and not terminal.modes[3] & termios.ICANON, "writing")
        terminal.type("this\n")
        time.sleep(0.5)  # as long as a key that is taken would need
        terminal.expect("got b'this\\n'")
        assert process.wait(LONG) == 0


def test_a_line_asked_for_is_read_as_ever(lab: Lab) -> None:
    command = script("print('got', input('first? '))", "print('got', input('second? '))")
    with terminal_session(lab.line(*command), str(lab.folder)) as (terminal, process):
        for which in ("first", "second"):
            terminal.expect(f"{which}? ")
            terminal.type("a\x7fb\n")
            assert terminal.expect("got b\r\n") == b"a\b \bb\r\ngot b\r\n"
        assert process.wait(LONG) == 0
