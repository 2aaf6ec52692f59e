"""Every rung sees the same of the same run, but for what it says that it is blind to."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.capture.access.rungs import RUNGS, Run

from runlore.capture.access import touch

Facts = set[tuple[str, ...]]


@dataclass(frozen=True)
class Scene:
    """A script in a folder that holds `a.csv`, `b.csv`, `old.txt` and `sub/c.csv`, and what is to be seen of it.

    ``missed`` is what a rung does not see, with words from what it says that it is blind to.
    """

    source: str
    seen: Facts
    missed: dict[str, tuple[str, Facts]] = field(default_factory=dict)
    status: int = 0


SCENES = {
    "a file that is read": Scene("open('a.csv').read()", {("read", "a.csv")}),
    "a file that is made": Scene("open('new.txt', 'w').write('x')", {("write", "new.txt")}),
    "a file that is added to": Scene("open('old.txt', 'a').write('x')", {("write", "old.txt")}),
    "a file that is written over": Scene("open('old.txt', 'w').write('x')", {("write", "old.txt")}),
    "a file that is changed in place": Scene(
        "f = open('old.txt', 'r+'); f.read(); f.write('x')", {("read", "old.txt"), ("write", "old.txt")}
    ),
    "a file that is renamed into place": Scene(
        "import os; open('m.tmp', 'w').write('x'); os.replace('m.tmp', 'm.bin')",
        {("write", "m.tmp"), ("rename", "m.tmp", "m.bin")},
    ),
    "opens that fail": Scene(
        "for name, mode in (('none', 'r'), ('none/x', 'w'), ('sub', 'r'), ('a.csv', 'x'), ('none', 'r+'), ('', 'r')):\n"
        "    try:\n        open(name, mode)\n    except OSError:\n        pass",
        {("list", "sub")},
    ),
    "a name of any bytes": Scene(
        "open(b'x\\n\"q\\\\<>\\xff) = 3', 'w').write('x'); open(b'x\\n\"q\\\\<>\\xff) = 3').read()",
        {("write", 'x\n"q\\<>\udcff) = 3'), ("read", 'x\n"q\\<>\udcff) = 3')},
    ),
    "a thread": Scene(
        "import threading\n"
        "all = [threading.Thread(target=lambda n=n: open(f't{n}', 'w').write('x')) for n in range(8)]\n"
        "[t.start() for t in all]; [t.join() for t in all]",
        {("write", f"t{n}") for n in range(8)},
    ),
    "a fork": Scene(
        "import os\n"
        "if os.fork() == 0:\n    open('a.csv').read(); open('new.txt', 'w').write('x'); os._exit(0)\n"
        "os.wait(); open('b.csv').read()",
        {("read", "a.csv"), ("write", "new.txt"), ("read", "b.csv")},
    ),
    "a relative name in another folder": Scene(
        "import os; os.chdir('sub'); open('c.csv').read(); open('../a.csv').read(); os.rename('c.csv', 'd.csv')",
        {("read", "sub/c.csv"), ("read", "a.csv"), ("rename", "sub/c.csv", "sub/d.csv")},
    ),
    "a link": Scene(
        "import os; os.symlink('sub', 'link'); open('link/c.csv').read(); os.rename('link/c.csv', 'link/d.csv')",
        {("read", "sub/c.csv"), ("rename", "sub/c.csv", "sub/d.csv")},
    ),
    "a folder that is listed": Scene(
        "import os; os.listdir('sub'); list(os.scandir('.'))", {("list", "sub"), ("list", "")}
    ),
    "a database": Scene(
        "import sqlite3; c = sqlite3.connect('d.db'); c.execute('create table t (x)'); c.commit(); c.close()",
        {("write", "d.db"), ("write", "d.db-journal"), ("list", "")},
        {"python": ("compiled libraries", {("write", "d.db-journal"), ("list", "")})},
    ),
    "a mapped file": Scene(
        "import mmap; f = open('a.csv', 'rb'); m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ); m[:]",
        {("read", "a.csv")},
    ),
    "a killed run": Scene(
        "import os; open('a.csv').read(); open('new.txt', 'w').write('x'); os.kill(os.getpid(), 9)",
        {("read", "a.csv"), ("write", "new.txt")},
        status=-signal.SIGKILL,
    ),
    "64 processes": Scene(
        "import os\n"
        "for n in range(64):\n"
        "    if os.fork() == 0:\n        open('a.csv').read(); open(f'p{n}', 'w').write('x'); os._exit(0)\n"
        "for n in range(64):\n    os.wait()",
        {("read", "a.csv"), *(("write", f"p{n}") for n in range(64))},
    ),
    "another program": Scene(
        "import subprocess; subprocess.run('cat a.csv b.csv > new.txt', shell=True, check=True)",
        {("read", "a.csv"), ("read", "b.csv"), ("write", "new.txt")},
        {"python": ("other than Python", {("read", "a.csv"), ("read", "b.csv"), ("write", "new.txt")})},
    ),
    "an isolated Python": Scene(
        "import subprocess, sys; subprocess.run([sys.executable, '-I', '-S', '-c', 'open(\"a.csv\").read()'])",
        {("read", "a.csv")},
        {"python": ("-I", {("read", "a.csv")})},
    ),
    "a compiled library": Scene(
        "import ctypes; ctypes.CDLL(None).fopen(b'a.csv', b'r')",
        {("read", "a.csv")},
        {"python": ("compiled libraries", {("read", "a.csv")})},
    ),
    "a name relative to a descriptor": Scene(
        "import os; d = os.open('sub', os.O_RDONLY | os.O_DIRECTORY); os.open('c.csv', os.O_RDONLY, dir_fd=d)",
        {("list", "sub"), ("read", "sub/c.csv")},
        {"python": ("relative to a descriptor", {("read", "sub/c.csv")})},
    ),
    "a hard link": Scene(
        "import os; open('m.tmp', 'w').write('x'); os.link('m.tmp', 'm.bin')",
        {("write", "m.tmp"), ("link", "m.tmp", "m.bin")},
    ),
    "a hard link in another folder, and one to what was there": Scene(
        "import os; open('m.tmp', 'w').write('x'); os.link('m.tmp', 'sub/m.bin'); os.unlink('m.tmp')\n"
        "os.chdir('sub'); os.link('../a.csv', 'a.csv')",
        {("write", "m.tmp"), ("link", "m.tmp", "sub/m.bin"), ("link", "a.csv", "sub/a.csv")},
    ),
    "a hard link relative to descriptors": Scene(
        "import os; d = os.open('sub', os.O_RDONLY | os.O_DIRECTORY)\n"
        "os.link('c.csv', 'd.csv', src_dir_fd=d, dst_dir_fd=d)",
        {("list", "sub"), ("link", "sub/c.csv", "sub/d.csv")},
    ),
    "links that fail": Scene(
        "import os\n"
        "for source, target in (('none', 'x'), ('a.csv', 'b.csv'), ('a.csv', 'none/x'), ('sub', 'x')):\n"
        "    try:\n        os.link(source, target)\n    except OSError:\n        pass",
        set(),
    ),
}


@pytest.mark.parametrize("how", RUNGS)
@pytest.mark.parametrize("scene", SCENES)
def test_every_rung_sees_what_it_does_not_call_itself_blind_to(run: Run, how: str, scene: str) -> None:
    expected = SCENES[scene]
    words, missed = expected.missed.get(how, ("", set()))
    watched = run.script(how, expected.source)
    assert watched.status == expected.status
    assert run.facts(watched) == expected.seen - missed
    assert watched.paths(touch.LOST) == []
    assert any(words in each for each in watched.observer.blind)


@pytest.mark.parametrize("how", RUNGS)
def test_a_file_outside_the_folder_is_seen_by_its_real_path(run: Run, how: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("x")
    (run.work / "link").symlink_to(tmp_path / "elsewhere")
    watched = run.script(how, "open('link').read()")
    assert os.fsencode(os.path.realpath(tmp_path / "elsewhere")) in watched.paths(touch.READ)


@pytest.mark.parametrize("how", RUNGS)
def test_reads_and_writes_come_in_the_order_in_which_they_were_done(run: Run, how: str) -> None:
    watched = run.script(how, "open('a.csv').read(); open('a.csv', 'w').write('x'); open('b.csv').read()")
    names = [(each.kind, os.path.basename(each.path)) for each in watched.touches]
    wanted = [(touch.READ, b"a.csv"), (touch.WRITE, b"a.csv"), (touch.READ, b"b.csv")]
    assert [name for name in names if name in wanted] == wanted


@pytest.mark.parametrize("how", RUNGS)
def test_a_static_program_is_seen_by_strace_alone_and_named_by_the_others(run: Run, how: str, tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    (tmp_path / "reader.c").write_text('#include <stdio.h>\nint main(void) { return fopen("a.csv", "r") == 0; }\n')
    reader = tmp_path / "reader"
    made = subprocess.run([compiler, "-static", "-o", reader, tmp_path / "reader.c"], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("there is no static C library")
    watched = run.script(how, f"import subprocess; subprocess.run([{str(reader)!r}], check=True)")
    assert run.facts(watched) == ({("read", "a.csv")} if how == "strace" else set())
    named = () if how == "strace" else (os.path.realpath(reader),)
    assert tuple(name for name in watched.observer.unobserved(watched.touches) if "reader" in name) == named


@pytest.mark.parametrize("how", RUNGS)
@pytest.mark.parametrize(
    ("source", "status"), [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 15)", -15)]
)
def test_the_command_ends_as_without_us(run: Run, how: str, source: str, status: int) -> None:
    assert run.script(how, source).status == status


@pytest.mark.parametrize("how", RUNGS)
def test_a_command_that_stops_is_seen_to_stop_and_goes_on(run: Run, how: str) -> None:
    source = "import os; os.kill(os.getpid(), 19); open('a.csv').read(); os._exit(3)"
    observer, command, environ = run.start(how, sys.executable, "-c", source)
    child = subprocess.Popen(command, cwd=run.work, env=environ)
    try:
        stopped = os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WEXITED)
        assert stopped is not None
        assert (stopped.si_code, stopped.si_status) == (os.CLD_STOPPED, signal.SIGSTOP)
    finally:
        child.send_signal(signal.SIGCONT)
    assert child.wait(timeout=60) == 3
    assert os.fsencode(os.path.realpath(run.work / "a.csv")) in [each.path for each in observer.touches()]


SEEN_BY_THE_PROGRAM = """
import os, resource, signal
print(sorted(int(each) for each in os.listdir("/proc/self/fd") if int(each) < 100))
print(os.getpgrp() - os.getppid() and os.getpgrp() == os.getpgid(os.getppid()), os.getsid(0) == os.getsid(os.getppid()))
names = {"SigBlk", "SigIgn", "SigCgt", "Umask:", "CapEff", "Groups"}
print([line for line in open("/proc/self/status") if line[:6] in names])
print([resource.getrlimit(each) for each in range(16)], signal.getsignal(signal.SIGINT), os.getcwd())
"""


@pytest.mark.parametrize("how", RUNGS)
def test_descriptors_signals_and_groups_are_as_without_us(run: Run, how: str) -> None:
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("there is no /proc")
    script = run.folder / "script.py"
    script.write_text(SEEN_BY_THE_PROGRAM)
    bare = subprocess.run(
        [sys.executable, script], cwd=run.work, env=run.environ(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        text=True, check=True,
    )  # fmt: skip
    assert run.watch(how, sys.executable, str(script)).out.splitlines() == bare.stdout.splitlines()
