"""Standard input, output and error: what a command reads and writes is what it reads and writes alone."""

import hashlib
import os
import pathlib
import socket
import subprocess

import pytest
from tests.execute.supervised import Lab, read_until, script, until

FLOOD = (
    "import os, sys",
    "line = b'%07d\\n'",
    "for start in range(0, 1 << 20, 1 << 10):",
    "    block = b''.join(line % number for number in range(start, start + (1 << 10)))",
    "    rest = memoryview(block)",
    "    while rest: rest = rest[os.write({0}, rest):]",
)
FLOODED = hashlib.blake2b(b"".join(b"%07d\n" % number for number in range(1 << 20))).digest()


def test_what_is_written_arrives_live_and_is_kept(lab: Lab) -> None:
    command = script("import sys", "print('ready', flush=True)", "sys.stdin.read()", "print('done')")
    with lab.start(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert read_until(process.stdout.fileno(), b"ready\n") == b"ready\n"
        assert lab.log == b"ready\n"
        process.stdin.close()
        assert process.stdout.read() == b"done\n"
    assert lab.log == b"ready\ndone\n"
    assert lab.outcome["log_bytes"] == len(b"ready\ndone\n")


def test_standard_input_from_a_pipe(lab: Lab) -> None:
    assert lab.run("/bin/cat", data=b"in\0put").stdout == b"in\0put"


def test_standard_input_from_a_file_is_the_file_itself(lab: Lab) -> None:
    (lab.folder / "data").write_bytes(b"0123456789")
    with open(lab.folder / "data", "rb") as file:
        lab.run(*script("import os", "os.lseek(0, 4, 0)", "os.read(0, 2)"), stdin=file)
        assert os.lseek(file.fileno(), 0, os.SEEK_CUR) == 6


def test_standard_input_that_is_not_read_is_left_for_the_next(lab: Lab) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"left")
    os.close(writer)
    lab.run("/bin/true", stdin=reader)
    assert os.read(reader, 10) == b"left"
    os.close(reader)


def test_eight_megabytes_on_both_streams_arrive_as_they_are(lab: Lab) -> None:
    command = script(
        "import threading",
        "def flood(out):",
        *(f"    {line.replace('{0}', 'out')}" for line in FLOOD),
        "other = threading.Thread(target=flood, args=(2,))",
        "other.start()",
        "flood(1)",
        "other.join()",
    )
    result = lab.run(*command)
    assert result.returncode == 0
    assert [hashlib.blake2b(each).digest() for each in (result.stdout, result.stderr)] == [FLOODED, FLOODED]
    assert lab.outcome["log_bytes"] == 16 << 20


@pytest.mark.parametrize("where", ["pipe", "file", "socket"])
def test_the_order_of_both_streams_is_kept_where_both_are_one(lab: Lab, where: str) -> None:
    command = script("import os", "for number in range(20000): os.write(1 + number % 2, b'%d\\n' % number)")
    expected = b"".join(b"%d\n" % number for number in range(20000))
    if where == "pipe":
        assert lab.run(*command, stderr=subprocess.STDOUT).stdout == expected
    elif where == "file":
        with open(lab.folder / "both", "wb") as file:
            lab.run(*command, stdout=file, stderr=subprocess.STDOUT)
        assert (lab.folder / "both").read_bytes() == expected
    else:
        ours, theirs = socket.socketpair()
        with ours, lab.start(*command, stdout=theirs, stderr=theirs):
            theirs.close()
            assert b"".join(iter(lambda: ours.recv(1 << 16), b"")) == expected
    assert lab.log == expected


def test_a_reader_of_one_stream_does_not_hold_up_the_other(lab: Lab) -> None:
    command = script(
        "import os, threading",
        "threading.Thread(target=os.write, args=(1, bytes(1 << 20))).start()",
        "os.write(2, b'go on\\n')",
    )
    with lab.start(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        # As much as two pipes hold is on its way: the first stream is stuck by now.
        until(lambda: lab.log_path.exists() and lab.log_path.stat().st_size >= 65536, "a full pipe")
        read_until(process.stderr.fileno(), b"go on\n")
        assert len(process.stdout.read()) == 1 << 20


def test_a_slow_reader_gets_everything(lab: Lab) -> None:
    with lab.start(*script(*(line.replace("{0}", "1") for line in FLOOD)), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        digest = hashlib.blake2b()
        while data := os.read(process.stdout.fileno(), 3000):
            digest.update(data)
    assert digest.digest() == FLOODED


def test_our_output_may_be_non_blocking(lab: Lab) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with lab.start(*script(*(line.replace("{0}", "1") for line in FLOOD)), stdout=writer):
        os.close(writer)
        with open(reader, "rb") as file:
            assert hashlib.blake2b(file.read()).digest() == FLOODED


def test_a_reader_that_goes_away_is_a_broken_pipe_for_the_command(lab: Lab) -> None:
    shown = subprocess.run(
        ("/bin/sh", "-c", '"$@" | head -n 1', "sh", *lab.line("/bin/sh", "-c", "yes; exit $?")),
        stdout=subprocess.PIPE, check=True, timeout=60,
    ).stdout  # fmt: skip
    assert shown == b"y\n"
    assert until(lambda: lab.folder.joinpath("outcome").exists() and lab.outcome, "the end")["exit_code"] == 141


def test_a_broken_pipe_is_an_error_the_command_may_handle(lab: Lab) -> None:
    command = script(
        "import os, signal",
        "signal.signal(signal.SIGPIPE, signal.SIG_IGN)",
        "try:",
        "    while True: os.write(1, b'x' * 1000)",
        "except BrokenPipeError: raise SystemExit(7)",
    )
    with lab.start(*command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.wait(60) == 7


def test_output_to_a_full_disk_ends_as_a_broken_pipe(lab: Lab) -> None:
    with open("/dev/full", "wb") as full:
        assert lab.run("/usr/bin/env", "yes", stdout=full).returncode == 141


def test_a_log_on_a_full_disk_or_in_no_folder_changes_nothing(lab: Lab) -> None:
    lab.log_path = pathlib.Path("/dev/full")
    assert lab.run("/bin/echo", "x").stdout == b"x\n"
    assert lab.warnings == ["log-incomplete"]
    lab.log_path = lab.folder / "nowhere" / "log"
    assert lab.run("/bin/echo", "x").stdout == b"x\n"
    assert lab.warnings == ["log-incomplete"]
    lab.log_path = pathlib.Path(os.devnull)
    assert lab.run("/bin/echo", "x").stdout == b"x\n"
    assert lab.warnings == []


def test_the_command_inherits_what_was_given_to_us_and_nothing_of_ours(lab: Lab) -> None:
    reader, writer = os.pipe()
    command = script(
        "import os", "print([number for number in range(200) if os.path.exists(f'/proc/self/fd/{number}')])"
    )
    alone = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, pass_fds=[reader], check=True)
    assert lab.run(*command, pass_fds=[reader]).stdout == alone.stdout
    assert str(reader).encode() in alone.stdout
    os.close(reader)
    os.close(writer)


def test_a_shells_process_substitution_works(lab: Lab) -> None:
    bash = "/bin/bash"
    if not os.path.exists(bash):
        pytest.skip("needs bash")
    line = '"$@" <(echo substituted)'
    shown = subprocess.run(
        (bash, "-c", line, "bash", *lab.line("/bin/cat")), stdout=subprocess.PIPE, check=True, timeout=60
    ).stdout
    assert shown == b"substituted\n"


def test_where_there_can_be_no_more_threads_the_command_runs_all_the_same(lab: Lab) -> None:
    refuse = (
        "import threading",
        'def start(self): raise RuntimeError("can\'t start new thread")',
        "threading.Thread.start = start",
    )
    env = {**os.environ, "PYTHONPATH": lab.patch(*refuse)}
    done = lab.run("/bin/sh", "-c", "echo out; echo err >&2; exit 3", env=env)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"out\n", b"err\n")
    assert lab.outcome["warnings"] == [
        ["log-incomplete", "the output is not kept in full: there can be no more threads"]
    ]
