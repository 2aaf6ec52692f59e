"""Ctrl-C at a terminal: a loop over runs ends as a loop over the bare commands does."""

import os
import shutil
import signal
import subprocess
import sys

import pytest
from tests.cli.place import Place
from tests.execute.supervised import LONG
from tests.execute.terminal import Terminal, terminal_session

DIES = "import time; print('training', flush=True); time.sleep(1000)"
ENDS_IN_ORDER = f"""
import os, signal
signal.signal(signal.SIGINT, lambda *_: (os.write(1, b'saved\\n'), os._exit(0)))
{DIES}
"""


def loop(place: Place, script: str, command: str) -> list[str]:
    """A shell script that runs ``command`` three times, as a command line of its own."""
    if (bash := shutil.which("bash")) is None:
        pytest.skip("needs bash")
    place.write("train.py", script)
    place.write("sweep.sh", f"for seed in 1 2 3; do echo round $seed; {command}; done; echo over\n")
    variables = [f"{name}={value}" for name, value in place.env.items()]
    return ["/usr/bin/env", "-i", *variables, bash, "sweep.sh"]


def interrupt(terminal: Terminal) -> None:
    terminal.expect("training\r\n")
    terminal.type("\x03")


@pytest.mark.parametrize("command", ["python train.py", "mlrun exec train.py", "mlrun exec --trace=auto -- train.py"])
def test_ctrl_c_ends_a_loop_of_a_script(place: Place, command: str) -> None:
    command = command.replace("python", sys.executable).replace("mlrun", f"{sys.executable} -m runlore")
    with terminal_session(loop(place, DIES, command), place.folder) as (terminal, shell):
        interrupt(terminal)
        terminal.read_all(while_running=shell)
        assert shell.wait(LONG) == -2
    if "exec" in command:
        (run,) = place.mlrun("list", "--json").data()["runs"]
        assert (run["state"], run["signal"]) == ("killed", 2)


def test_a_command_that_ends_in_order_lets_the_loop_go_on(place: Place) -> None:
    line = loop(place, ENDS_IN_ORDER, f"{sys.executable} -m runlore exec train.py || break")
    with terminal_session(line, place.folder) as (terminal, shell):
        for _ in range(3):
            interrupt(terminal)
            terminal.expect("saved\r\n")
        terminal.expect("over\r\n")
        assert shell.wait(LONG) == 0


def test_a_sigint_that_was_sent_is_told_by_the_exit_status_alone(place: Place) -> None:
    place.write("kill.py", "import os, signal; signal.signal(2, signal.SIG_DFL); os.kill(os.getpid(), 2)")
    assert place.mlrun("exec", "kill.py").status == 130
    assert os.path.isdir(os.path.join(place.folder, ".mlrun"))


WHILE_IMPORTING = """
import os, signal, sys

class Falls:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)

class Finder:
    def find_spec(self, name, *rest):
        if name == "runlore.cli.front_door":
            Falls()

sys.meta_path.insert(0, Finder())
sys.argv[1:] = ["list"]
from runlore.__main__ import main
main()
"""
"""Interrupts where Python can raise nothing, as in a weak reference's callback, and shows the exception instead."""


@pytest.mark.parametrize(("ignored", "status", "said"), [(False, -2, ""), (True, 10, "error: ")])
def test_ctrl_c_while_we_import_is_the_end_and_nothing_is_said(
    place: Place, *, ignored: bool, status: int, said: str
) -> None:
    how = (lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)) if ignored else None
    words = [sys.executable, "-c", WHILE_IMPORTING]
    done = subprocess.run(words, cwd=place.folder, env=place.env, capture_output=True, preexec_fn=how, check=False)
    assert (done.returncode, done.stderr.decode()[: len(said) or None]) == (status, said)
