"""Signals where there is no terminal: each reaches the command, and reaches it once."""

import os
import signal
import subprocess
from typing import Any

import pytest
from tests.execute.supervised import LONG, Lab, alive, read_until, script, state, until

COUNT = (
    "import os, select, signal",
    "def heard(number, frame): os.write(1, b'heard %s\\n' % signal.Signals(number).name.encode())",
    "for number in (1, 2, 3, 10, 12, 15, 18, 28): signal.signal(number, heard)",
    "print('ready', flush=True)",
    # With a limit: a signal just before a read without one is handled by Python only after it.
    "while not select.select([0], [], [], 0.05)[0]: pass",
    "print('over', flush=True)",
)


@pytest.mark.parametrize("threads", [False, True])
@pytest.mark.parametrize(
    "name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGWINCH"]
)
def test_a_signal_reaches_the_command_once(lab: Lab, name: str, *, threads: bool) -> None:
    given: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "options": {"threads": threads}}
    with lab.start(*script(*COUNT), **given) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert read_until(process.stdout.fileno(), b"ready\n") == b"ready\n"
        for _ in range(3):
            process.send_signal(signal.Signals[name])
            assert read_until(process.stdout.fileno(), b"\n") == f"heard {name}\n".encode()
        process.stdin.close()
        assert process.stdout.read() == b"over\n"
        assert process.wait(LONG) == 0


def test_a_signal_goes_to_the_command_alone(lab: Lab) -> None:
    child = "trap 'echo child' TERM; echo ready; while :; do sleep 0.05; done"
    line = f"sh -c \"{child}\" & trap 'kill -9 $!; exit 6' TERM; wait"
    with lab.start("/bin/sh", "-c", line, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        read_until(process.stdout.fileno(), b"ready\n")
        process.terminate()
        assert process.wait(LONG) == 6
        assert process.stdout.read() == b""


def test_a_signal_the_command_does_not_handle_ends_it(lab: Lab) -> None:
    with lab.start("/bin/sh", "-c", "echo ready; exec sleep 1000", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        read_until(process.stdout.fileno(), b"ready\n")
        process.terminate()
        assert process.wait(LONG) == 143


def test_a_signal_that_comes_before_the_command_is_kept_for_it(lab: Lab) -> None:
    os.mkfifo(lab.folder / "wait")
    path = lab.patch(
        "import runlore.execute.supervise as s",
        "class Slow(s.Guardian):",
        "    def __init__(self, run):",
        "        open('held', 'w').write('x\\n')",
        "        open('wait').read()",
        "        super().__init__(run)",
        "s.Guardian = Slow",
    )
    with lab.start("/bin/sleep", "1000", env={**os.environ, "PYTHONPATH": path}) as process:
        lab.wait_for("held")
        process.terminate()
        (lab.folder / "wait").write_text("go")
        assert process.wait(LONG) == 143


@pytest.mark.parametrize("name", ["SIGHUP", "SIGINT", "SIGTERM"])
def test_an_ignored_signal_stays_ignored(lab: Lab, name: str) -> None:
    seen = script("import signal", f"print(signal.getsignal(signal.{name}) == signal.SIG_IGN, flush=True)", "input()")
    number = int(signal.Signals[name])
    shell = subprocess.Popen(
        ("/bin/sh", "-c", f"trap '' {number}; exec \"$@\"", "sh", *lab.line(*seen)),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    with shell as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert read_until(process.stdout.fileno(), b"\n") == b"True\n"
        process.send_signal(number)
        process.stdin.write(b"\n")
        process.stdin.close()
        assert process.wait(LONG) == 0


def test_the_command_starts_with_signals_as_without_us(lab: Lab) -> None:
    line = "grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status"
    alone = subprocess.run(("/bin/sh", "-c", line), stdout=subprocess.PIPE, check=True, start_new_session=True)
    assert alone.stdout.count(b"\n") == 3
    assert lab.run("/bin/sh", "-c", line).stdout == alone.stdout


def test_whoever_started_us_may_ignore_ended_children(lab: Lab) -> None:
    ignoring = (
        "import os, signal, sys; signal.signal(signal.SIGCHLD, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    )
    command = lab.line("/bin/sh", "-c", "exit 7")
    result = subprocess.run((*script(ignoring), *command), check=False, timeout=LONG, stdin=subprocess.DEVNULL)
    assert result.returncode == 7


def test_threads_of_a_library_do_not_keep_the_end_from_us(lab: Lab) -> None:
    for status in range(5):
        assert lab.run("/bin/sh", "-c", f"exit {status}", options={"threads": True}).returncode == status


def test_we_stop_with_the_command_and_go_on_with_it(lab: Lab) -> None:
    line = "echo $$; read x; exit 2"
    with lab.start("/bin/sh", "-c", line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        command = int(read_until(process.stdout.fileno(), b"\n"))
        process.send_signal(signal.SIGTSTP)
        until(lambda: (state(process.pid), state(command)) == ("T", "T"), "both stopped")
        process.send_signal(signal.SIGCONT)
        until(lambda: "T" not in (state(process.pid), state(command)), "both going on")
        process.stdin.close()
        assert process.wait(LONG) == 2


def test_a_command_that_somebody_paused_is_waited_for(lab: Lab) -> None:
    with lab.start("/bin/sh", "-c", "echo $$; kill -STOP $$; exit 2", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        command = int(read_until(process.stdout.fileno(), b"\n"))
        until(lambda: state(command) == "T", "the pause")
        os.kill(command, signal.SIGCONT)
        assert process.wait(LONG) == 2
    assert not alive(command)
