"""Every Python of a run notes what it opens, and no program can tell."""

import binascii
import os
import subprocess
from pathlib import Path

import pytest
from tests.capture.access.rungs import Run
from tests.probe.children import PYTHONS

from runlore.capture.access import touch
from runlore.capture.access.audited import LOG, Audited
from runlore.capture.access.observer import Place
from runlore.capture.content import state_of

GONE = b"the log of the Python probe is gone"


def noted(folder: Path, *texts: bytes, end: bytes = b"") -> list[tuple[str, bytes]]:
    """What a log of these lines says."""
    lines = [b"%08x %b\n" % (binascii.crc32(text), text) for text in texts]
    (folder / LOG).write_bytes(b"".join(lines) + end)
    return [(each.kind, each.path) for each in Audited(Place(str(folder), str(folder), 0), 0).touches()]


@pytest.mark.parametrize("name", PYTHONS)
def test_every_python_from_3_8_on_tells_what_it_opens(run: Run, name: str) -> None:
    (run.folder / "script.py").write_text("import os; open('a.csv').read(); open('n', 'w'); os.rename('n', 'm')")
    watched = run.watch("python", PYTHONS[name], str(run.folder / "script.py"))
    assert watched.status == 0
    assert run.facts(watched) == {("read", "a.csv"), ("write", "n"), ("rename", "n", "m")}
    assert [os.path.realpath(PYTHONS[name])] == [os.fsdecode(path) for path in watched.paths(touch.START)]
    assert watched.observer.unobserved(watched.touches) == ()


def test_the_state_is_that_of_the_file_when_it_was_opened(run: Run) -> None:
    old = state_of(os.stat(run.work / "a.csv"))
    watched = run.script("python", "open('a.csv').read(); open('a.csv', 'w').write('other'); open('a.csv').read()")
    reads = [each.state for each in watched.touches if each.path.endswith(b"a.csv") and each.kind == touch.READ]
    assert reads == [old, state_of(os.stat(run.work / "a.csv"))]


def test_a_file_that_is_made_is_fresh_and_one_that_is_added_to_is_in_its_state(run: Run) -> None:
    old = state_of(os.stat(run.work / "old.txt"))
    watched = run.script("python", "open('new.txt', 'x'); open('old.txt', 'a').write('x')")
    writes = [each for each in watched.touches if each.kind == touch.WRITE and each.path.endswith(b".txt")]
    assert [(os.path.basename(each.path), each.fresh, each.state) for each in writes] == [
        (b"new.txt", True, b""),
        (b"old.txt", False, old),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "open('old.txt', 'w').write('x')",
        "open('old.txt', 'r+').write('x')",
        "open('old.txt', 'a').write('x')",
        "import os; os.truncate('old.txt', 1)",
        "import os; open('t', 'w').write('x'); os.replace('t', 'old.txt')",
        "import os; os.remove('old.txt')",
        "import os; os.unlink('old.txt', dir_fd=os.open('.', os.O_RDONLY))",
        "import pathlib; pathlib.Path('old.txt').unlink()",
    ],
)
def test_what_a_file_held_before_it_was_lost_is_set_aside(run: Run, source: str) -> None:
    watched = run.script("python", source + "; open('old.txt', 'w').write('once more')")
    saved = [each for each in watched.touches if each.kind == touch.SAVED]
    assert [os.path.basename(each.path) for each in saved] == [b"old.txt"]
    assert (run.folder / "saved" / os.fsdecode(saved[0].other)).read_text() == "old.txt"


def test_neither_what_is_too_big_nor_what_the_run_has_made_is_set_aside(run: Run) -> None:
    (run.work / "big").write_bytes(bytes(1 << 17))
    watched = run.script("python", "open('big', 'w').write('x'); open('n', 'w').write('x'); open('n', 'w').write('y')")
    assert watched.paths(touch.SAVED) == []
    assert os.listdir(run.folder / "saved") == []


def test_a_file_that_is_opened_a_thousand_times_is_noted_once_until_it_changes(run: Run) -> None:
    source = "import os\nfor n in range(1000):\n    open('a.csv').close()\n    if n == 500: os.utime('a.csv', (1, 1))"
    watched = run.script("python", source)
    assert len([path for path in watched.paths(touch.READ) if path.endswith(b"/a.csv")]) == 2


def test_hosts_are_known_by_name_and_this_machine_is_none(run: Run) -> None:
    source = """
import socket
for name in ("data.example.invalid", "localhost", "127.0.0.1"):
    try:
        socket.create_connection((name, 9), 0.1)
    except OSError:
        pass
far = socket.socket()
far.setblocking(False)
far.connect_ex(("192.0.2.7", 443))
"""
    watched = run.script("python", source)
    assert watched.paths(touch.RESOLVE) == [b"data.example.invalid"]
    assert watched.paths(touch.CONNECT) == [b"192.0.2.7:443"]


def test_a_database_that_is_in_memory_is_no_file_and_one_that_is_read_only_is_read(run: Run) -> None:
    source = """
import sqlite3
sqlite3.connect(":memory:"); sqlite3.connect("new.db").execute("create table t (x)")
sqlite3.connect("file:new.db?mode=ro", uri=True); sqlite3.connect("file:x?mode=memory", uri=True)
"""
    assert run.facts(run.script("python", source)) == {("write", "new.db"), ("read", "new.db")}


def test_programs_that_are_no_python_are_named(run: Run) -> None:
    watched = run.script("python", "import os, subprocess; subprocess.run(['cat', 'a.csv']); os.system('true')")
    assert watched.observer.unobserved(watched.touches) == tuple(
        sorted({os.path.realpath(_which("cat")), os.path.realpath("/bin/sh")})
    )
    assert Audited(run.place, 0, "/bin/sh").unobserved(watched.touches) == watched.observer.unobserved(watched.touches)
    shell = Audited(Place(str(run.work), str(run.work), 0), 0, "/bin/sh")
    assert shell.unobserved(tuple(shell.touches())) == (os.path.realpath("/bin/sh"),)


SEEN_BY_THE_PROGRAM = """
import os, sys
print(sorted(sys.modules), sys.path, [type(each) for each in sys.meta_path], sys.flags)
print(sorted(os.listdir("/proc/self/fd"), key=int)[:4])
print({name: value for name, value in os.environ.items() if name != "RUNLORE_AUDIT"})
"""


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="there is no /proc")
@pytest.mark.parametrize("name", PYTHONS)
def test_no_module_and_no_near_descriptor_stays(run: Run, name: str) -> None:
    argv = (PYTHONS[name], "-c", SEEN_BY_THE_PROGRAM)
    bare = subprocess.run(
        argv, cwd=run.work, env=run.environ(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
    )
    assert run.watch("python", *argv).out.splitlines() == bare.stdout.splitlines()


def test_a_program_that_closes_all_it_has_keeps_its_own_files_clean(run: Run) -> None:
    source = """
import os
open("a.csv").read()
os.closerange(3, 2000)
while os.open("mine", os.O_RDWR | os.O_CREAT) < 1100:
    pass
open("b.csv").read()
"""
    import resource  # noqa: PLC0415 - what is asked here and nowhere else

    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 1200:
        pytest.skip("too few descriptors are allowed")
    watched = run.script("python", source)
    assert watched.status == 0
    assert (run.work / "mine").read_bytes() == b""
    assert {("read", "a.csv"), ("read", "b.csv")} <= run.facts(watched)


def test_a_log_that_may_not_grow_is_reported_and_the_program_goes_on(run: Run) -> None:
    source = """
import resource
limits = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
open("a.csv").read()
resource.setrlimit(resource.RLIMIT_FSIZE, limits)
open("b.csv").read()
print("done")
"""
    watched = run.script("python", source)
    assert (watched.status, watched.out) == (0, "done\n")
    assert run.facts(watched) == {("read", "b.csv")}
    assert watched.paths(touch.LOST) == [b"the log of the Python probe is not whole"]


def test_a_log_that_is_gone_does_not_come_back(run: Run) -> None:
    watched = run.script(
        "python", f"import os; os.unlink({str(run.folder / LOG)!r}); os.closerange(3, 2000); open('a.csv')"
    )
    assert watched.status == 0
    assert [(each.kind, each.path) for each in watched.touches] == [(touch.LOST, GONE)]
    assert not (run.folder / LOG).exists()


def test_lines_that_are_torn_or_made_up_are_reported_and_passed_over(tmp_path: Path) -> None:
    good = b"r 7 5 0 0 0 0 0 0 /w/a"
    lost = (touch.LOST, b"the log of the Python probe is not whole")
    assert noted(tmp_path, good, end=b"00000000 r 7 5 0 0 0 0 0 0 /w/b\n1234") == [(touch.READ, b"/w/a"), lost, lost]
    made_up = [b"", b"r", b"? 7 5 0 0 0 0 0 0 /w/a", b"r x 5 0 0 0 0 0 0 /w/a", b"r 7 5 0 0 0 0 0 0 relative"]
    assert noted(tmp_path, *made_up, b"r 7 5 0 1 -1 9999999999999999999999 0 0 /w/a", good)[-1] == (touch.READ, b"/w/a")
    (tmp_path / LOG).unlink()
    found = Audited(Place(str(tmp_path), str(tmp_path), 0), 0).touches()
    assert [(each.kind, each.path) for each in found] == [(touch.LOST, GONE)]


def test_a_program_that_is_traced_by_coverage_or_a_debugger_does_not_see_the_hook(run: Run) -> None:
    source = """
import sys
seen = []
def trace(frame, event, argument):
    seen.append(frame.f_code.co_filename)
    return trace
sys.settrace(trace); sys.setprofile(trace)
open("a.csv").close()
sys.settrace(None); sys.setprofile(None)
print([name for name in seen if "audit" in name])
"""
    watched = run.script("python", source)
    assert watched.out == "[]\n"
    assert run.facts(watched) == {("read", "a.csv")}


def _which(name: str) -> str:
    for folder in os.get_exec_path():
        if os.access(os.path.join(folder, name), os.X_OK):
            return os.path.join(folder, name)
    raise AssertionError(name)
