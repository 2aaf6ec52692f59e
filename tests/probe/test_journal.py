"""The journal under what programs do to it: kills, forks, threads, closed descriptors, full disks."""

import json
import os
import signal
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.probe.children import Child

from runlore.probe.journal import Journal
from runlore.probe.path import child_pythonpath


def entries(journal: Path) -> Iterator[dict[str, Any]]:
    """Those that a reader takes: torn lines are none."""
    for line in journal.read_bytes().split(b"\n")[:-1]:
        if line[:9] == b"%08x " % zlib.crc32(line[9:]):
            yield json.loads(line[9:])


def warnings(journal: Path) -> list[str]:
    return [entry["message"] for entry in entries(journal) if entry["kind"] == "warning"]


def points(journal: Path) -> list[int]:
    return [entry["n"] for entry in entries(journal) if "n" in entry]


def point(number: int) -> str:
    return json.dumps({"kind": "point", "n": number})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "journal"
    file.touch()
    return file


def descriptor(path: Path) -> int:
    """The one that this process has open on the file."""
    (found,) = [number for number in range(2000) if _is_open_on(number, path)]
    return found


def _is_open_on(number: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(number), path.stat())
    except OSError:
        return False


def test_the_descriptor_is_out_of_the_way_and_not_inherited(path: Path) -> None:
    lowest = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest)
    Journal(str(path)).write(point(1))
    assert descriptor(path) >= 200
    assert not os.get_inheritable(descriptor(path))
    after = os.open(os.devnull, os.O_RDONLY)
    os.close(after)
    assert after == lowest
    os.close(descriptor(path))


def test_what_log_returned_for_survives_sigkill(child: Child) -> None:
    child.write("train.py", "import runlore\nfor n in range(10**9):\n    runlore.log(n=n)\n    print(n, flush=True)")
    environ = {**os.environ, "RUNLORE_JOURNAL": str(child.journal), "PYTHONPATH": child_pythonpath(None)}
    for wait in (0.02, 0.05, 0.1):
        child.journal.write_bytes(b"")
        command = [sys.executable, "train.py"]
        with subprocess.Popen(command, cwd=child.folder, env=environ, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
            said = [int(line) for line in process.stdout.read().split(b"\n")[:-1]]
        kept = [entry["values"]["n"] for entry in entries(child.journal) if entry["kind"] == "log"]
        assert kept == list(range(len(kept)))
        assert len(kept) >= (said[-1] if said else 0)


def test_sixty_four_processes_write_whole_lines(child: Child) -> None:
    child.script("""
import os, runlore
workers = []
for worker in range(64):
    if worker == 32:
        runlore.log(parent=1)  # half of them share this descriptor
    workers.append(os.fork())
    if not workers[-1]:
        for n in range(50):
            runlore.log({f"worker.{worker}": n, "text" * 50: n}, step=n)
        os._exit(0)
assert all(os.waitpid(worker, 0)[1] == 0 for worker in workers)
""")
    told = child.told("log")
    assert len(told) == 64 * 50 + 1
    for worker in range(64):
        assert child.values(f"worker.{worker}") == list(range(50))


def test_threads_at_once_write_whole_lines(python: str, child: Child) -> None:
    child.script(
        """
import threading, runlore
def work(worker):
    for n in range(200):
        runlore.log({f"worker.{worker}": n})
threads = [threading.Thread(target=work, args=(worker,)) for worker in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""",
        python,
    )
    assert Counter(name for entry in child.told("log") for name in entry["values"]) == {
        f"worker.{worker}": 200 for worker in range(16)
    }


def test_a_fork_of_a_fork_goes_on_with_the_same_journal(child: Child) -> None:
    child.script("""
import os, runlore
runlore.log(n=0)
for depth in (1, 2, 3):
    if os.fork():
        os.wait()
        break
    runlore.log(n=depth)
else:
    os._exit(0)
if depth == 1:
    runlore.log(n=4)
""")
    assert child.values("n") == [0, 1, 2, 3, 4]


def test_a_program_that_closes_all_descriptors_goes_on_logging(python: str, child: Child) -> None:
    child.script(
        """
import os, runlore
runlore.log(n=1)
os.closerange(3, 4096)
runlore.log(n=2)
os.chdir("/")
os.closerange(3, 4096)
runlore.log(n=3)
""",
        python,
    )
    assert child.values("n") == [1, 2, 3]


def test_a_daemon_goes_on_logging(child: Child) -> None:
    child.script("""
import os, runlore, sys
runlore.log(n=1)
reader, writer = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    os.umask(0)
    os.closerange(0, 4096)
    for _ in range(3):
        os.open(os.devnull, os.O_RDWR)
    runlore.log(n=2)
    os._exit(0)
os.close(writer)
os.read(reader, 1)  # until the daemon has closed the other end
os.wait()
import time
while open(os.environ["RUNLORE_JOURNAL"]).read().count('"log"') < 2:
    time.sleep(0.01)
""")
    assert child.values("n") == [1, 2]


@pytest.mark.parametrize("size", ["0", "as long as the journal"])
def test_a_file_of_the_users_that_got_our_number_is_never_written_to(path: Path, size: str) -> None:
    journal = Journal(str(path))
    journal.write(point(1))
    number = descriptor(path)
    mine = path.with_name("mine")
    mine.write_bytes(b"" if size == "0" else b"x" * path.stat().st_size)
    before = mine.read_bytes()
    file = os.open(mine, os.O_RDWR | os.O_APPEND)
    os.dup2(file, number)
    os.close(file)
    journal.write(point(2))
    journal.write(point(3))
    assert mine.read_bytes() == before
    assert os.path.samestat(os.fstat(number), mine.stat()), "and it is not closed either"
    assert points(path) == [1, 2, 3]
    os.close(number)
    os.close(descriptor(path))


def test_a_pipe_or_terminal_that_got_our_number_is_never_written_to(path: Path) -> None:
    journal = Journal(str(path))
    journal.write(point(1))
    number = descriptor(path)
    reader, writer = os.pipe()
    os.dup2(writer, number)
    os.close(writer)
    journal.write(point(2))
    os.close(number)
    assert os.read(reader, 100) == b""
    os.close(reader)
    assert points(path) == [1, 2]
    os.close(descriptor(path))


def test_another_writer_between_two_entries_changes_nothing(path: Path) -> None:
    journal, other = Journal(str(path)), Journal(str(path))
    for number in range(0, 100, 2):
        journal.write(point(number))
        other.write(point(number + 1))
    assert points(path) == list(range(100))


LIMITED = """
import resource, signal, sys
sys.path.insert(0, {source!r})
from runlore.probe import journal as ours
ours._PAUSE = 1000
journal = ours.Journal({path!r})
def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN
for n in range(5):
    journal.write('{{"kind":"point","n":%d}}' % n)
limit({room} + journal._position)
for n in range(5, 10):
    journal.write('{{"kind":"point","n":%d}}' % n)
limit(resource.RLIM_INFINITY)
for n in range(10, 12):  # too soon
    journal.write('{{"kind":"point","n":%d}}' % n)
journal._paused_until = 0
for n in range(12, 15):
    journal.write('{{"kind":"point","n":%d}}' % n)
"""


@pytest.mark.parametrize("room", [0, 1, 20, 36, 50])
def test_a_full_disk_costs_what_was_written_then_and_nothing_after(path: Path, room: int) -> None:
    """A line has 35 bytes, so that one or none fits in, and the others are torn or not begun."""
    source = str(Path(sys.modules["runlore"].__file__ or "").parents[1])
    script = LIMITED.format(source=source, path=str(path), room=room)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    fits = 1 if room >= 35 else 0
    assert points(path) == [*range(5 + fits), *range(12, 15)]
    (message,) = [text for text in warnings(path) if "entries of" in text]
    assert message.startswith(f"{7 - fits} entries of a process could not be written to the journal: ")


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="mounts a small filesystem: needs root")
def test_a_really_full_disk_never_reaches_the_script(child: Child) -> None:
    small = child.folder / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("cannot mount here")
    try:
        (small / "journal").touch()
        source = "import runlore\nfor n in range(5000):\n    runlore.log(n=n)\nprint('trained')"
        done = child.script(source, env={"RUNLORE_JOURNAL": str(small / "journal")})
        assert done.stdout == "trained\n"
        kept = [entry["values"]["n"] for entry in entries(small / "journal") if entry["kind"] == "log"]
        assert len(kept) > 500
        assert kept == list(range(len(kept)))
    finally:
        subprocess.run(["umount", small], check=True)


def test_an_entry_after_a_torn_line_is_whole(path: Path) -> None:
    path.write_bytes(b'0bad {"kind":"poi')
    journal = Journal(str(path))
    journal.write(point(1))
    assert points(path) == [], "a line torn by somebody else takes the next one with it, unless its reader looks inside"
    journal.write(point(2))
    assert points(path) == [2]


@pytest.mark.parametrize("what", ["gone", "folder", "fifo", "device", "relative", "unwritable"])
def test_a_journal_that_is_none_is_nobodys_trouble(child: Child, what: str) -> None:
    places = {"device": "/dev/full", "relative": "journal"}
    place = Path(places.get(what, str(child.folder / "there")))
    if what == "folder":
        place.mkdir()
    elif what == "fifo":
        os.mkfifo(place)
    elif what == "unwritable":
        place.touch()
        place.chmod(0o400)
    started = time.monotonic()
    source = "import runlore\nfor n in range(1000):\n    runlore.log(n=n)\nprint('trained')"
    assert child.script(source, env={"RUNLORE_JOURNAL": str(place)}).stdout == "trained\n"
    assert time.monotonic() - started < 10
    assert what != "gone" or not place.exists(), "a process that outlives its run must not bring the journal back"


def test_a_journal_that_comes_back_is_written_to_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runlore.probe.journal._PAUSE", 0.0)
    path.unlink()
    journal = Journal(str(path))
    journal.write(point(1))
    path.touch()
    journal.write(point(2))
    assert points(path) == [2]
    assert len(warnings(path)) == 1
    os.close(descriptor(path))


def test_a_low_limit_on_open_files_is_enough(child: Child) -> None:
    child.script("""
import resource, runlore
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
runlore.log(n=1)
""")
    assert child.values("n") == [1]


def test_no_descriptor_left_is_nobodys_trouble(child: Child) -> None:
    child.script("""
import os, resource, runlore
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
files = []
try:
    while True: files.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
runlore.log(n=1)
""")
    assert child.told() == []


def test_a_signal_handler_may_log_while_the_script_logs(child: Child) -> None:
    child.script("""
import itertools, signal, runlore
runlore.log(first=1)
numbers = itertools.count()
signal.signal(signal.SIGALRM, lambda *_: runlore.log(handled=next(numbers)))
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
for n in range(20_000):
    runlore.log(n=n)
signal.setitimer(signal.ITIMER_REAL, 0)
runlore.log(total=next(numbers))
""")
    assert child.values("n") == list(range(20_000))
    (total,) = child.values("total")
    assert total > 0
    assert sorted(child.values("handled")) == list(range(total)), "a handler may interrupt a handler"


def test_a_signal_handler_may_log_while_the_first_call_still_imports(child: Child) -> None:
    child.script("""
import signal, runlore
signal.signal(signal.SIGALRM, lambda *_: runlore.log(handled=1))
signal.setitimer(signal.ITIMER_REAL, 0.0001, 0.0001)
for n in range(1000):
    runlore.log(n=n)
signal.setitimer(signal.ITIMER_REAL, 0)
""")
    assert child.values("n") == list(range(1000))


@pytest.mark.parametrize("error", ["TimeoutError", "RuntimeError", "ValueError"])
@pytest.mark.parametrize(
    "handler", ["handler", "functools.partial(handler)", "Handler()", "lambda *two: handler(*two)"]
)
def test_what_a_signal_handler_raises_reaches_the_script(child: Child, error: str, handler: str) -> None:
    child.script(f"""
import functools, signal, time, runlore
runlore.log(n=0)
class Late({error}):
    pass
def handler(signum, frame):
    raise Late
class Handler:
    def __call__(self, *_):
        raise Late
signal.signal(signal.SIGALRM, {handler})
for n in range(20):
    end = time.monotonic() + 10
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.002 + n / 10_000)
        while time.monotonic() < end:
            runlore.log(n=n, values=[1], more=float("nan"), step=n)
    except Late:
        continue
    raise SystemExit("the timeout was swallowed")
""")
    assert child.told("log")


def test_without_binascii_the_checks_are_the_same(child: Child) -> None:
    child.script(
        "import sys\nsys.modules['binascii'] = None\nimport runlore\nrunlore.log(n=1)\nrunlore.params(text='x' * 1000)"
    )
    assert len(child.told()) == 2
