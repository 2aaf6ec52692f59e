"""strace follows a run without a trace of it in the run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.capture.access.rungs import Run

from runlore.capture.access import touch
from runlore.capture.access.observer import Place
from runlore.capture.access.straced import LOG, Straced, available, find
from runlore.capture.content import state_of

WHY = available(os.environ)
needs_strace = pytest.mark.skipif(WHY is not None, reason=f"no strace here: {WHY}")


def fake(folder: Path, script: str) -> dict[str, str]:
    """Variables by which a program of this kind is taken for strace."""
    program = folder / "strace"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {"PATH": str(folder)}


def test_where_strace_is_not_installed_that_is_said(tmp_path: Path) -> None:
    assert find({"PATH": str(tmp_path)}) is None
    assert available({"PATH": str(tmp_path)}) == "strace is not installed"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo \"strace: unrecognized option '--seccomp-bpf'\" >&2; exit 1", "this strace is too old"),
        (
            "echo 'strace: attach: ptrace(PTRACE_SEIZE, 7): Operation not permitted' >&2",
            "tracing is not permitted here (attach: ptrace(PTRACE_SEIZE, 7): Operation not permitted)",
        ),
        ("exit 1", "tracing is not permitted here (no reason given)"),
    ],
)
def test_what_strace_complains_of_is_the_reason(tmp_path: Path, script: str, why: str) -> None:
    assert available(fake(tmp_path, script)) == why


@needs_strace
def test_where_a_process_is_traced_already_that_is_the_reason(tmp_path: Path) -> None:
    strace = find(os.environ)
    assert strace is not None
    ask = "import os; from runlore.capture.access.straced import available; print(available(os.environ))"
    done = subprocess.run(
        [strace, "-f", "-o", tmp_path / "log", "-e", "trace=none", sys.executable, "-c", ask],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("tracing is not permitted here (")


@needs_strace
def test_a_file_that_did_not_change_has_its_state_and_one_that_did_has_none(run: Run) -> None:
    old = state_of(os.stat(run.work / "a.csv"))
    watched = run.script("strace", "open('a.csv').read(); open('b.csv').read(); open('b.csv', 'w').write('x')")
    states = {os.path.basename(each.path): each.state for each in watched.touches if each.kind == touch.READ}
    assert states[b"a.csv"] == old
    assert states[b"b.csv"] == b""


@needs_strace
def test_a_database_from_before_that_was_changed_was_read_as_well_and_a_new_one_was_not(run: Run) -> None:
    make = "import os\nfor name in ('old.txt', 'new.db'):\n    os.write(os.open(name, os.O_RDWR | os.O_CREAT), b'x')"
    facts = run.facts(run.script("strace", make))
    assert {fact for fact in facts if fact[1] in {"old.txt", "new.db"}} - {("read", "old.txt")} == {
        ("write", "old.txt"),
        ("write", "new.db"),
    }
    assert ("read", "new.db") not in facts


@needs_strace
def test_a_script_without_a_first_line_is_the_shells(run: Run) -> None:
    script = run.folder / "run.sh"
    script.write_text("cat a.csv > new.txt\nexit 4\n")
    script.chmod(0o755)
    watched = run.watch("strace", str(script))
    assert watched.status == 4
    assert {("read", "a.csv"), ("write", "new.txt")} <= run.facts(watched)


@needs_strace
def test_what_cannot_be_started_is_started_as_without_strace(run: Run) -> None:
    script = run.folder / "run.sh"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    observer, command, _ = run.start("strace", str(script), "x")
    assert command == (str(script), "x")
    assert [each.path for each in observer.touches()] == [b"strace did not start, or its log is gone"]


@needs_strace
def test_a_tracer_that_is_killed_is_reported_and_the_command_is_our_child_until_its_end(run: Run) -> None:
    ready = run.folder / "ready"
    source = f"import time; open('a.csv').read(); open({str(ready)!r}, 'w'); time.sleep(0.5); raise SystemExit(5)"
    observer, command, environ = run.start("strace", sys.executable, "-c", source)
    with subprocess.Popen(command, cwd=run.work, env=environ) as child:
        while not ready.exists():
            time.sleep(0.01)
        os.kill(_tracer(child.pid), signal.SIGKILL)
        assert child.wait(timeout=60) == 5
    touches = list(observer.touches())
    assert os.fsencode(os.path.realpath(run.work / "a.csv")) in [each.path for each in touches]
    assert (touches[-1].kind, touches[-1].path) == (touch.LOST, b"strace ended before the command")


@needs_strace
def test_the_tracer_is_out_of_reach_of_the_signals_of_the_group(run: Run) -> None:
    ready = run.folder / "ready"
    source = f"import time; open({str(ready)!r}, 'w'); time.sleep(60)"
    observer, command, environ = run.start("strace", sys.executable, "-c", source)
    with subprocess.Popen(command, cwd=run.work, env=environ, start_new_session=True) as child:
        while not ready.exists():
            time.sleep(0.01)
        tracer = _tracer(child.pid)
        assert os.getsid(tracer) == tracer
        os.killpg(child.pid, signal.SIGTERM)
        assert child.wait(timeout=60) == -signal.SIGTERM
    assert touch.LOST not in [each.kind for each in observer.touches()]


@needs_strace
def test_a_process_that_is_left_running_is_not_waited_for(run: Run) -> None:
    source = "import os, time\nif os.fork() == 0:\n    os.setsid(); os.close(1); time.sleep(20)\nprint('done')"
    began = time.monotonic()
    watched = run.script("strace", source)
    assert time.monotonic() - began < 10
    assert (watched.out, watched.paths(touch.LOST)) == ("done\n", [])


def test_the_torn_end_of_a_log_is_left_out(tmp_path: Path) -> None:
    (tmp_path / LOG).write_bytes(
        b'7 1.000000 openat(AT_FDCWD</w>, "a", O_RDONLY) = 3</w/a>\n7 1.000001 openat(AT_FDCWD</w>, "b", O_RDON'
    )
    found = list(Straced(Place(str(tmp_path), str(tmp_path), 0), 0).touches())
    assert [(each.kind, each.path) for each in found] == [
        (touch.READ, b"/w/a"),
        (touch.LOST, b"strace ended before the command"),
    ]


def _tracer(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("TracerPid:")))
