"""A run that others made is run only when a person has said so."""

import os
import pty
import sys

from tests.reproduction.small import Small


def test_a_strangers_run_is_refused_without_a_terminal_and_run_when_it_is_trusted(small: Small) -> None:
    small.train("echo hello")
    run = small.again(host="elsewhere")
    done = small.refused(run, status=17)
    assert "on elsewhere: repeating it executes their code" in done.err
    assert small.reproduce(run, "--check")["grade"] in {"complete", "uncertain"}
    assert small.reproduce(run, "--trust")["verdict"] == "identical"
    small.refused(run, status=17)  # --trust is for once


def on_terminal(small: Small, run: str, answer: str) -> tuple[int, str]:
    """Exit status and what a terminal shows when a person answers."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(small.top)
        variables = {**small.place.env, "TERM": "xterm", "PAGER": "cat"}
        os.execve(sys.executable, [sys.executable, "-m", "runlore", "reproduce", run], variables)  # noqa: S606 - no shell
    shown = b""
    try:
        while data := os.read(terminal, 65536):
            if b"[y/N]" in data:
                os.write(terminal, answer.encode())
            shown += data
    except OSError:
        pass
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.decode()


def test_a_person_at_a_terminal_is_asked_and_the_answer_is_remembered(small: Small) -> None:
    small.place.sign("Ann")
    small.train("echo hello")
    run = small.again(host="elsewhere")
    status, shown = on_terminal(small, run, "n\n")
    assert status == 17
    for each in ("elsewhere", "train.sh", "Run it? [y/N]"):
        assert each in shown
    assert on_terminal(small, run, "\x04")[0] == 17
    assert on_terminal(small, run, "y\n")[0] == 0
    assert small.reproduce(run)["verdict"] == "identical"
