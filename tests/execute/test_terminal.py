"""At a terminal: what the command sees of it, what is typed, how it is stopped and goes on."""

import os
import signal
import subprocess
import sys

import pytest
from tests.execute.supervised import LONG, Lab, read_until, script, until
from tests.execute.terminal import terminal_session

COUNT = (
    "import os, select, signal",
    "def heard(number, frame): os.write(1, b'heard %s\\n' % signal.Signals(number).name.encode())",
    "for number in (2, 3, 15, 1, 10): signal.signal(number, heard)",
    "print('ready', flush=True)",
    # With a limit: a signal just before a read without one is handled by Python only after it.
    "while not select.select([0], [], [], 0.05)[0]: pass",
    "print('over', flush=True)",
)


@pytest.mark.parametrize("which", ["", "0", "1", "2", "01", "02", "12", "012"])
def test_each_stream_is_a_terminal_if_ours_is(lab: Lab, which: str) -> None:
    see = "open('seen', 'w').write(f'{[n for n in range(3) if os.isatty(n)]}\\n')"
    command = script("import os", see, "os.write(1, b'x')")
    others: dict[str, int] = {name: subprocess.PIPE for name, n in (("stdout", "1"), ("stderr", "2")) if n not in which}
    with terminal_session(lab.line(*command), str(lab.folder), which=which, **others) as (terminal, process):
        if "1" in which:
            terminal.expect("x")
        assert process.wait(LONG) == 0
    assert lab.wait_for("seen") == str([int(number) for number in which])
    assert lab.log == b"x"


def test_output_of_a_terminal_is_live_and_comes_once(lab: Lab) -> None:
    command = script("import sys", "print('one\\ttwo')", "print('three', file=sys.stderr)", "input('name? ')")
    with terminal_session(lab.line(*command), str(lab.folder)) as (terminal, process):
        assert terminal.expect("name? ") == b"one\ttwo\r\nthree\r\nname? "
        assert lab.log == b"one\ttwo\nthree\nname? "
        terminal.type("me\n")
        assert process.wait(LONG) == 0
        assert terminal.expect("me\r\n") == b"me\r\n"


def test_a_password_is_asked_for_at_the_terminal_and_not_shown(lab: Lab) -> None:
    command = script("import getpass", "print('got', getpass.getpass('secret: '))")
    session = terminal_session(lab.line(*command), str(lab.folder), which="02", stdout=subprocess.PIPE)
    with session as (terminal, process):
        terminal.expect("secret: ")
        terminal.type("hush\n")
        assert process.stdout is not None
        assert process.stdout.read() == b"got hush\n"
        assert b"hush" not in terminal.expect("\r\n")


def test_the_size_is_that_of_our_terminal_and_follows_it(lab: Lab) -> None:
    command = script(
        "import os, signal, time",
        "def show(*_): os.write(1, b'size %d %d\\n' % tuple(os.get_terminal_size(1)))",
        "signal.signal(signal.SIGWINCH, show)",
        "show()",
        "while True: time.sleep(0.01)",
    )
    with terminal_session(lab.line(*command), str(lab.folder)) as (terminal, _):
        terminal.expect("size 80 24")
        terminal.resize(30, 100)
        terminal.expect("size 100 30")
        terminal.resize(31, 101)
        terminal.expect("size 101 31")


def test_the_size_follows_also_where_nobody_tells_us(lab: Lab) -> None:
    # As of a shell that we run: in the foreground is a group that is not ours.
    command = script(
        "import os, signal, time",
        "signal.signal(signal.SIGTTOU, signal.SIG_IGN)",
        "os.setpgid(0, 0)",
        "os.tcsetpgrp(0, os.getpid())",
        "print('ready', flush=True)",
        "while os.get_terminal_size(1) != (100, 30): time.sleep(0.01)",
        "print('seen', flush=True)",
    )
    with terminal_session(lab.line(*command), str(lab.folder)) as (terminal, _):
        terminal.expect("ready")
        terminal.resize(30, 100)
        terminal.expect("seen")


@pytest.mark.parametrize(("key", "name"), [("\x03", "SIGINT"), ("\x1c", "SIGQUIT")])
def test_a_key_that_interrupts_reaches_the_command_once(lab: Lab, key: str, name: str) -> None:
    with terminal_session(lab.line(*script(*COUNT)), str(lab.folder)) as (terminal, process):
        terminal.expect("ready")
        for _ in range(3):
            terminal.type(key)
            terminal.expect(f"heard {name}")
        terminal.type("end\n")
        terminal.expect("over")
        assert process.wait(LONG) == 0
    assert lab.log.count(b"heard") == 3


def test_a_command_that_a_key_interrupts_ends_by_that_signal(lab: Lab) -> None:
    line = lab.line("/bin/sh", "-c", "echo ready; exec sleep 1000")
    with terminal_session(line, str(lab.folder)) as (terminal, process):
        terminal.expect("ready")
        terminal.type("\x03")
        assert process.wait(LONG) == 130
    assert lab.outcome["signal"] == signal.SIGINT


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"])
def test_a_signal_sent_to_us_reaches_the_command_once(lab: Lab, name: str) -> None:
    with terminal_session(lab.line(*script(*COUNT)), str(lab.folder)) as (terminal, process):
        terminal.expect("ready")
        process.send_signal(signal.Signals[name])
        terminal.expect(f"heard {name}")
        terminal.type("end\n")
        assert process.wait(LONG) == 0
    assert lab.log.count(b"heard") == 1


def test_a_signal_that_the_command_sends_to_its_group_is_not_sent_back(lab: Lab) -> None:
    command = script(*COUNT[:4], "os.kill(0, 15)", *COUNT[4:])
    # The shell, leader of the group, does not mind.
    shell = ("/bin/sh", "-c", 'trap : TERM; "$@"; exit $?', "sh", *lab.line(*command))
    with terminal_session(shell, str(lab.folder)) as (terminal, process):
        terminal.expect("heard SIGTERM")
        terminal.type("end\n")
        terminal.expect("over")
        assert process.wait(LONG) == 0
    assert lab.log.count(b"heard") == 1


def test_the_end_of_a_terminal_hangs_up_the_command(lab: Lab) -> None:
    command = script(
        "import signal, sys, time",
        "signal.signal(signal.SIGHUP, lambda *_: sys.exit(open('hung', 'w').write('up\\n')))",
        "print('ready', flush=True)",
        "time.sleep(1000)",
    )
    with terminal_session(lab.line(*command), str(lab.folder)) as (terminal, process):
        terminal.expect("ready")
        terminal.hang_up()
        assert process.wait(LONG) == 3
    assert lab.wait_for("hung") == "up"


FLOOD = script(
    "import signal, sys",
    "def heard(*_): open('heard', 'a').write('it\\n'); sys.exit(9)",
    "signal.signal(signal.SIGINT, heard)",
    "print('ready', flush=True)",
    "while True: print('x' * 100)",
)


@pytest.mark.parametrize("how", ["key", "kill"])
def test_a_flood_that_nobody_reads_can_be_interrupted(lab: Lab, how: str) -> None:
    with terminal_session(lab.line(*FLOOD), str(lab.folder)) as (terminal, process):
        terminal.expect("ready")
        until(lambda: lab.log_path.stat().st_size > 1 << 13, "more than the terminal takes")
        if how == "key":
            terminal.type("\x03")
        else:
            process.send_signal(signal.SIGINT)
        # Its handler needs no reader, nor does the signal on its way.
        assert lab.wait_for("heard") == "it"
        terminal.read_all(while_running=process)
        assert process.returncode == 9


def test_what_is_still_to_be_shown_can_be_given_up(lab: Lab) -> None:
    command = script("import os", "os.write(1, bytes(30000))", "open('over', 'w').write('x\\n')")
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while os.write(writer, bytes(1 << 12)):
            pass
    except BlockingIOError:
        os.set_blocking(writer, True)
    with lab.start(*command, stdout=writer) as process:
        lab.wait_for("over")
        until(lambda: lab.log_path.stat().st_size == 30000, "all of it in the log")
        with pytest.raises(subprocess.TimeoutExpired):  # who reads may still come
            process.wait(0.3)
        process.terminate()
        assert process.wait(LONG) == 0
    os.close(reader)
    os.close(writer)


def test_two_terminals_get_each_what_is_theirs(lab: Lab) -> None:
    command = script("import os, sys", "os.write(1, b'out')", "os.write(2, b'err')", "sys.stdin.readline()")
    other, slave = os.openpty()
    with terminal_session(lab.line(*command), str(lab.folder), which="01", stderr=slave) as (terminal, process):
        assert terminal.expect("out") == b"out"
        assert read_until(other, b"err") == b"err"
        terminal.type("\n")
        assert process.wait(LONG) == 0
    os.close(other)
    os.close(slave)


def test_without_pseudo_terminals_the_command_gets_ours(lab: Lab) -> None:
    patch = lab.patch("import os", "def none(): raise OSError(28, 'No space left on device')", "os.openpty = none")
    command = (sys.executable, "-IS", "-c", "import os; print(os.isatty(1), os.ttyname(1))")
    line = ("/usr/bin/env", f"PYTHONPATH={patch}", *lab.line(*command))
    with terminal_session(line, str(lab.folder)) as (terminal, process):
        terminal.expect(f"True {terminal.name}")
        assert process.wait(LONG) == 0
    assert lab.warnings == ["log-incomplete"]


def test_a_terminal_may_be_closed_and_opened_again_by_the_command(lab: Lab) -> None:
    command = script(
        "import os, time",
        "name = os.ttyname(1)",
        "os.close(1), os.close(2)",
        "time.sleep(0.1)",
        "os.open(name, os.O_WRONLY | os.O_NOCTTY)",
        "os.write(1, b'again')",
    )
    with terminal_session(lab.line(*command), str(lab.folder)) as (terminal, process):
        assert terminal.expect("again") == b"again"
        assert process.wait(LONG) == 0
