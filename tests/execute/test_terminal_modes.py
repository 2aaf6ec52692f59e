"""Programs that set the modes of the terminal they write to: the person's terminal follows, and is as before after."""

import signal
import sys
import termios

import pytest
from tests.execute.supervised import LONG, Lab, script, until
from tests.execute.terminal import Terminal, terminal_session
from tests.execute.test_job_control import program, shell

RAW = ("import os, sys, termios, time, tty", "tty.setraw(1, termios.TCSANOW)", "os.write(1, b'raw\\n')")
OUTPUT, LOCAL = 1, 3


def is_raw(terminal: Terminal) -> bool:
    modes = terminal.modes
    return not modes[OUTPUT] & termios.OPOST and not modes[LOCAL] & (termios.ICANON | termios.ECHO | termios.ISIG)


def test_curses_gets_a_key_without_enter_and_without_echo(lab: Lab) -> None:
    pytest.importorskip("curses")
    command = script(
        "import curses",
        "def run(screen):",
        "    screen.addstr(3, 5, 'press')",
        "    screen.refresh()",
        "    key = screen.getkey()",
        "    screen.addstr(4, 5, f'<{key}>')",
        "    screen.refresh()",
        "    return screen.getkey()",
        "print('last', curses.wrapper(run))",
    )
    with terminal_session(lab.line("/usr/bin/env", "TERM=xterm", *command), str(lab.folder)) as (terminal, process):
        before = terminal.modes
        terminal.expect("press")
        terminal.type("k")
        assert b"kk" not in terminal.expect("<k>")
        assert not terminal.modes[LOCAL] & (termios.ICANON | termios.ECHO)
        terminal.type("z")
        terminal.expect("last z\r\n")
        assert process.wait(LONG) == 0
        assert terminal.modes == before


def test_modes_are_seen_as_they_are_and_a_change_is_the_terminals(lab: Lab) -> None:
    see = "[flag & mask for flag, mask in zip(termios.tcgetattr(1), (-1, -1, 0, 0o177777))]"
    command = script(
        "import termios, tty",
        f"print({see}, flush=True)",
        "modes = termios.tcgetattr(1)",
        "modes[3] &= ~termios.ECHO",
        "modes[6][termios.VINTR] = b'\\x07'",
        "termios.tcsetattr(1, termios.TCSADRAIN, modes)",
        "input('set')",
        "modes[3] |= termios.ECHO",
        "termios.tcsetattr(1, termios.TCSADRAIN, modes)",
        "input('half')",
    )
    with terminal_session(lab.line(*command), str(lab.folder)) as (terminal, process):
        before = terminal.modes
        terminal.expect(str([*before[:2], 0, before[LOCAL]]))
        terminal.expect("set")
        until(lambda: not terminal.modes[LOCAL] & termios.ECHO, "no echo")
        after = terminal.modes
        assert after[6].pop(termios.VINTR) == b"\x07"
        assert before[6].pop(termios.VINTR) == b"\x03"
        assert after == [*before[:LOCAL], before[LOCAL] & ~termios.ECHO, *before[LOCAL + 1 :]]
        terminal.type("\n")
        terminal.expect("half")
        until(lambda: terminal.modes[LOCAL] & termios.ECHO, "echo")
        assert terminal.modes[6][termios.VINTR] == b"\x07"
        terminal.type("\n")
        assert process.wait(LONG) == 0
        assert terminal.modes[6][termios.VINTR] == b"\x03"


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "sys.exit(3)", "sys.stdin.read()"])
def test_a_terminal_left_raw_is_as_before_however_the_command_ends(lab: Lab, end: str) -> None:
    with terminal_session(lab.line(*script(*RAW, end)), str(lab.folder)) as (terminal, process):
        before = terminal.modes
        assert terminal.expect("raw\n")
        if "stdin" in end:
            until(lambda: is_raw(terminal), "raw")
            process.send_signal(signal.SIGTERM)
        assert process.wait(LONG) == {"os": 137, "sy": 3}.get(end[:2] if "stdin" not in end else "", 143)
        assert terminal.modes == before


def test_what_the_command_does_to_the_real_terminal_stays(lab: Lab) -> None:
    silent = (
        "modes = termios.tcgetattr(0)",
        "modes[3] &= ~termios.ECHO",
        "termios.tcsetattr(0, termios.TCSANOW, modes)",
    )
    with terminal_session(lab.line(*script(*RAW, *silent)), str(lab.folder)) as (terminal, process):
        before = terminal.modes
        assert process.wait(LONG) == 0
        assert terminal.modes == before  # raw has no echo either, so that this was its doing
    taken_back = ("before = termios.tcgetattr(1)", *RAW[1:], "termios.tcsetattr(1, termios.TCSANOW, before)")
    waited = "while not termios.tcgetattr(0)[3] & termios.ECHO: time.sleep(0.005)"
    with terminal_session(lab.line(*script(RAW[0], *taken_back, waited, *silent)), str(lab.folder)) as (
        terminal,
        process,
    ):
        before = terminal.modes
        assert process.wait(LONG) == 0
        assert terminal.modes[LOCAL] == before[LOCAL] & ~termios.ECHO
    with terminal_session(lab.line(*script("import termios", *silent)), str(lab.folder)) as (terminal, process):
        before = terminal.modes
        assert process.wait(LONG) == 0
        assert terminal.modes[LOCAL] == before[LOCAL] & ~termios.ECHO


def test_modes_that_were_taken_back_a_moment_ago_do_not_stay_with_who_was_faster_than_we(lab: Lab) -> None:
    # As when a pager ends and the program that waited for it asks for a line, edited key by key.
    command = script(
        "import os, termios, time, tty",
        "def wait(name):",
        "    while not os.path.exists(name): time.sleep(0.005)",
        "first = termios.tcgetattr(1)",
        "tty.setraw(1, termios.TCSANOW)",
        "wait('go')",
        "termios.tcsetattr(1, termios.TCSANOW, first)",
        "believed, lines = termios.tcgetattr(0), termios.tcgetattr(0)",
        "lines[3] |= termios.ISIG",
        "termios.tcsetattr(0, termios.TCSANOW, lines)",
        "os.write(1, b'prompt> ')",
        "open('set', 'w').write('it\\n')",
        "wait('enter')",
        "termios.tcsetattr(0, termios.TCSANOW, believed)",
        "print('answer')",
        "wait('end')",
    )
    with terminal_session(lab.line(*command), str(lab.folder)) as (terminal, process):
        before = terminal.modes
        until(lambda: is_raw(terminal), "raw")
        process.send_signal(signal.SIGSTOP)
        (lab.folder / "go").touch()
        lab.wait_for("set")
        process.send_signal(signal.SIGCONT)
        terminal.expect("prompt> ")
        assert not terminal.modes[LOCAL] & (termios.ICANON | termios.ECHO)
        (lab.folder / "enter").touch()
        terminal.expect("answer")
        until(lambda: terminal.modes == before, "its own modes")
        (lab.folder / "end").touch()
        assert process.wait(LONG) == 0
        assert terminal.modes == before


def test_a_command_that_sets_all_modes_anew_is_still_followed(lab: Lab) -> None:
    command = script(
        "import termios, time",
        "modes = termios.tcgetattr(1)",
        "modes[3] = termios.ISIG | termios.ICANON | termios.ECHO",
        "termios.tcsetattr(1, termios.TCSANOW, modes)",
        "while termios.tcgetattr(1)[3] == modes[3]: time.sleep(0.01)",
        "modes[3] = termios.ISIG",
        "termios.tcsetattr(1, termios.TCSANOW, modes)",
        "input('set')",
    )
    with terminal_session(lab.line(*command), str(lab.folder)) as (terminal, process):
        terminal.expect("set")
        until(lambda: terminal.modes[LOCAL] == termios.ISIG, "its modes")
        terminal.type("\n")
        assert process.wait(LONG) == 0


def test_line_ends_and_carriage_returns_arrive_and_are_kept_as_written(lab: Lab) -> None:
    written = b"".join(b"%d\r%d\r\n%d\n\r\r%d\r\r\n\n" % (n, n, n, n) for n in range(10000))
    (lab.folder / "written").write_bytes(written)
    command = script(
        "import os, random",
        "data, random = memoryview(open('written', 'rb').read()), random.Random(0)",
        "while data: data = data[os.write(1, data[:random.choice((1, 2, 3, 100, 5000))]):]",
        "os.write(1, b'over\\r')",
    )
    with terminal_session(lab.line(*command), str(lab.folder)) as (terminal, process):
        assert terminal.expect("over\r") == written.replace(b"\n", b"\r\n") + b"over\r"
        assert process.wait(LONG) == 0
    assert len(written) > 200 << 10
    assert lab.outcome["log_bytes"] == len(written) + 5
    at_a_terminal = lab.log
    lab.run(*command)
    assert lab.log == at_a_terminal


def test_the_half_of_a_line_end_is_shown_when_nothing_follows(lab: Lab) -> None:
    with terminal_session(lab.line(*script("input('half\\r')")), str(lab.folder)) as (terminal, process):
        assert terminal.expect("\r") == b"half\r"
        terminal.type("\n")
        assert process.wait(LONG) == 0


def test_raw_output_arrives_raw(lab: Lab) -> None:
    lines = ("for n in range(20000): sys.stdout.write(f'{n}\\n')", "sys.stdout.flush()", "sys.stdin.read(1)")
    with terminal_session(lab.line(*script(*RAW, "time.sleep(0.2)", *lines)), str(lab.folder)) as (terminal, process):
        terminal.expect("raw\n")
        assert terminal.expect("19999\n") == b"".join(b"%d\n" % n for n in range(20000))
        terminal.type("x")
        assert process.wait(LONG) == 0


def test_a_stopped_command_leaves_the_terminal_as_it_found_it(lab: Lab) -> None:
    command = script(
        "import os, signal, termios",
        "before = termios.tcgetattr(1)",
        "def show():",
        "    modes = termios.tcgetattr(1)",
        "    modes[3] &= ~(termios.ICANON | termios.ECHO)",
        "    termios.tcsetattr(1, termios.TCSADRAIN, modes)",
        '    os.write(1, b"drawn")',
        "def stop(*_):",
        '    os.write(1, b"cleared")',
        "    termios.tcsetattr(1, termios.TCSADRAIN, before)",
        "    signal.signal(signal.SIGTSTP, signal.SIG_DFL)",
        "    os.kill(os.getpid(), signal.SIGTSTP)",
        "    signal.signal(signal.SIGTSTP, stop)",
        "    show()",
        "signal.signal(signal.SIGTSTP, stop)",
        "show()",
        'while os.read(0, 1) != b"q": pass',
        'print("over")',
    )
    with terminal_session(shell(), str(lab.folder)) as (terminal, _):
        terminal.type(f"PS1='$? > '; {program(lab, *command)}\n")
        for _ in range(2):
            terminal.expect("drawn")
            until(lambda: not terminal.modes[LOCAL] & (termios.ICANON | termios.ECHO), "its modes")
            terminal.type("\x1a")
            assert b"cleared" in terminal.expect("Stopped")
            terminal.expect(" > ")
            assert terminal.modes[LOCAL] & termios.ICANON
            assert terminal.modes[LOCAL] & termios.ECHO
            terminal.type("fg\n")
        terminal.expect("drawn")
        terminal.type("q")
        terminal.expect("over")
        terminal.type("exit\n")


def test_a_command_in_the_background_waits_when_it_sets_modes(lab: Lab) -> None:
    command = script("import sys, termios, tty", "tty.setraw(1, termios.TCSANOW)", 'sys.stdout.write("over")')
    with terminal_session(shell(), str(lab.folder)) as (terminal, _):
        terminal.type(f"PS1='$? > '; {program(lab, *command)} & wait %1\n")
        terminal.expect("Stopped")
        terminal.type("fg\n")
        terminal.expect("over")
        terminal.expect("0 > ")
        terminal.type("exit\n")


def test_modes_are_followed_where_the_command_has_put_itself_into_the_foreground(lab: Lab) -> None:
    # As a shell with job control puts what it runs.
    command = script(
        "import os, signal, termios, tty",
        "signal.signal(signal.SIGTTOU, signal.SIG_IGN)",
        "before = os.getpgrp()",
        "os.setpgid(0, 0)",
        "os.tcsetpgrp(0, os.getpid())",
        "signal.signal(signal.SIGTTOU, signal.SIG_DFL)",
        "tty.setraw(1, termios.TCSANOW)",
        "os.read(0, 1)",
        "signal.signal(signal.SIGTTOU, signal.SIG_IGN)",
        "os.tcsetpgrp(0, before)",
    )
    with terminal_session(lab.line(*command), str(lab.folder)) as (terminal, process):
        before = terminal.modes
        until(lambda: is_raw(terminal), "raw")
        terminal.type("k")
        assert process.wait(LONG) == 0
        assert terminal.modes == before


def test_in_a_shell_within_modes_are_followed(lab: Lab) -> None:
    (lab.folder / "raw.py").write_text("\n".join((*RAW, "key = os.read(0, 1)", "print('key', key)")) + "\n")
    with terminal_session(lab.line(*shell()), str(lab.folder)) as (terminal, process):
        terminal.type(f"PS1='$? > '; {sys.executable} -IS raw.py; stty sane\n")
        terminal.expect("raw\n")
        until(lambda: is_raw(terminal), "raw")
        terminal.type("k")
        terminal.expect("key b'k'")
        terminal.expect("0 > ")
        terminal.type("exit 8\n")
        assert process.wait(LONG) == 8


def test_a_process_left_behind_writes_on_as_it_would(lab: Lab) -> None:
    left = "(while [ -e supervised ]; do sleep 0.05; done; printf 'left\\nbehind\\n') &"
    (lab.folder / "left").write_text(f"#!/bin/sh\n{left}\n")
    (lab.folder / "supervised").touch()
    line = program(lab, "/bin/sh", "./left")
    # The leader of the session outlives both: with it the terminal would go.
    with terminal_session(("/bin/sh", "-c", f"{line}; rm supervised; read line"), str(lab.folder)) as (terminal, _):
        assert terminal.expect("behind\r\n") == b"left\r\nbehind\r\n"
        terminal.type("\n")
    assert lab.warnings == ["processes-left-running"]


def test_without_packets_output_is_as_written(lab: Lab) -> None:
    patch = lab.patch("import termios", "termios.TIOCPKT = 0xffff")
    line = ("/usr/bin/env", f"PYTHONPATH={patch}", *lab.line(*script("import os", "os.write(1, b'a\\nb\\r\\n')")))
    with terminal_session(line, str(lab.folder)) as (terminal, process):
        assert terminal.expect("b\r\r\n") == b"a\r\nb\r\r\n"
        assert process.wait(LONG) == 0
    assert lab.outcome["log_bytes"] == len(b"a\nb\r\n")
