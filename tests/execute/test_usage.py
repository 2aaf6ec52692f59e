"""What a run used, over all its processes."""

import os
import signal
import subprocess
import sys

import pytest
from tests.execute.supervised import Lab, script

from runlore.execute.usage import TreeUsage, descendants

MIB = 1 << 20
HOLD = "import sys; x = bytearray(b'x') * (100 << 20); print('up', flush=True); sys.stdin.read()"
needs_proc = pytest.mark.skipif(
    not os.path.exists(f"/proc/self/task/{os.getpid()}/children"), reason="the kernel does not tell of children"
)


@needs_proc
def test_memory_is_that_of_all_processes_together(lab: Lab) -> None:
    command = script(
        "import subprocess, sys, time",
        f"line = [sys.executable, '-IS', '-c', {HOLD!r}]",
        "both = [subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)]",
        "for each in both: each.stdout.readline()",
        "time.sleep(1.5)",  # longer than it takes until the next look
        "for each in both: each.communicate()",
    )
    assert lab.run(*command).returncode == 0
    assert 200 * MIB <= lab.outcome["usage"]["peak_memory"] < 400 * MIB


def test_the_peak_of_one_process_is_seen_however_short(lab: Lab) -> None:
    assert lab.run(*script("x = bytearray(b'x') * (150 << 20)", "del x")).returncode == 0
    assert 150 * MIB <= lab.outcome["usage"]["peak_memory"] < 220 * MIB


@needs_proc
def test_our_own_memory_is_not_that_of_the_command(lab: Lab) -> None:
    path = lab.patch("big = bytearray(b'x') * (200 << 20)")
    lab.run("/bin/sleep", "0.3", env={**os.environ, "PYTHONPATH": path})
    assert 0 < lab.outcome["usage"]["peak_memory"] < 50 * MIB


def test_processor_time_of_children_counts(lab: Lab) -> None:
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    command = script("import subprocess, sys", f"subprocess.run([sys.executable, '-IS', '-c', {burn!r}])")
    assert lab.run(*command).returncode == 0
    assert 0.3 <= lab.outcome["usage"]["cpu_seconds"] < 3


@needs_proc
def test_processor_time_counts_though_nobody_waits(lab: Lab) -> None:
    burn = "import time\nwhile time.process_time() < 1.3: pass\nopen('burnt', 'w').write('x')\ntime.sleep(1000)"
    command = script(
        "import os, subprocess, sys, time",
        "null = subprocess.DEVNULL",
        f"child = subprocess.Popen([sys.executable, '-IS', '-c', {burn!r}], stdout=null, stderr=null)",
        "while not os.path.exists('burnt'): time.sleep(0.01)",
        "time.sleep(1.5)",
        "print(child.pid, flush=True)",
        "os._exit(0)",
    )
    result = lab.run(*command)
    os.kill(int(result.stdout), 9)
    assert lab.outcome["usage"]["cpu_seconds"] >= 1.2  # it counts in ticks


@needs_proc
def test_bytes_are_those_of_every_process_and_counted_once(lab: Lab) -> None:
    (lab.folder / "data").write_bytes(bytes(8 * MIB))
    assert (
        lab.run("/bin/sh", "-c", "for _ in 1 2 3; do cat data >copy; done; sleep 0.5; cat data >/dev/null").returncode
        == 0
    )
    usage = lab.outcome["usage"]
    # The kernel tells nobody but root what an ended process has read: else it counts up to the last look.
    whole = os.geteuid() == 0
    assert (32 if whole else 8) * MIB <= usage["read_bytes"] < 33 * MIB
    assert (24 if whole else 8) * MIB <= usage["written_bytes"] < 33 * MIB


def test_all_there_is_to_know_is_named(lab: Lab) -> None:
    lab.run("/bin/true")
    usage = lab.outcome["usage"]
    assert sorted(usage) == ["cpu_seconds", "gpu_seconds", "peak_memory", "read_bytes", "written_bytes"]
    assert usage["gpu_seconds"] is None
    assert 0 <= usage["cpu_seconds"] < 5


@needs_proc
def test_what_a_run_used_is_told_look_by_look(lab: Lab) -> None:
    command = script(
        "import time",
        "began = time.monotonic()",
        "block = bytearray(b'x') * (50 << 20)",
        "open('out', 'wb').write(block)",
        "while time.monotonic() < began + 2: pass",
    )
    assert lab.run(*command).returncode == 0
    rows = lab.outcome_rows
    assert rows == sorted(rows)
    assert [len(row) for row in rows] == [7] * len(rows)
    ats, cpu, memory, _, written, busy, gpu_memory = zip(*rows, strict=True)
    assert 2000 <= ats[-1] - ats[0] < 60_000
    assert cpu[0] < 0.5 <= cpu[-1] <= lab.outcome["usage"]["cpu_seconds"] + 0.02
    assert max(memory) >= 50 * MIB
    assert written[0] < 50 * MIB <= written[-1]
    assert [len(each) for each in busy] == [len(each) for each in gpu_memory]


def test_of_a_short_run_no_course_is_told(lab: Lab) -> None:
    assert lab.run("/bin/true").returncode == 0
    assert lab.outcome_rows == []


@needs_proc
def test_descendants_are_found_at_every_depth() -> None:
    sleeper = (
        "import os, subprocess as s; p = s.Popen(('sleep', '1000')); print(os.getpid(), p.pid, flush=True); p.wait()"
    )
    both = f"import subprocess as s, sys; q = s.Popen((sys.executable, '-c', {sleeper!r})); {sleeper}"
    with subprocess.Popen((sys.executable, "-c", both), stdout=subprocess.PIPE, process_group=0) as process:
        assert process.stdout is not None
        expected = {int(pid) for _ in range(2) for pid in process.stdout.readline().split()}
        assert len(expected) == 4
        assert set(descendants(process.pid)) == expected
        os.killpg(process.pid, signal.SIGKILL)
    assert list(descendants(process.pid)) == [process.pid]


def test_a_sample_of_what_has_gone_is_nothing() -> None:
    process = subprocess.Popen((sys.executable, "-c", ""))
    usage = TreeUsage(process.pid)
    _, _, spent = os.wait4(process.pid, 0)
    process.returncode = 0
    usage.sample()
    usage.close()
    assert usage.total(spent)["cpu_seconds"] == pytest.approx(spent.ru_utime + spent.ru_stime, abs=1e-5)
