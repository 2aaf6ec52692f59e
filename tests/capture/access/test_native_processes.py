"""The native observer under threads, forks, kills, and processes that lose the means to be watched."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.native.watched import SOURCE, Seen, compiler, library, program, watch

from runlore.capture.access import touch
from runlore.capture.access.native import unobserved
from runlore.capture.access.touch import Touch

SANITIZERS = ("address,undefined", "thread")


def make_files(folder: Path, count: int) -> str:
    folder.mkdir()
    for number in range(count):
        (folder / str(number)).write_text("x")
    folder.chmod(0o777)
    return str(folder)


def many(tmp_path: Path, what: str, count: int, files: int, sanitizer: str | None = None) -> Seen:
    """A run of the C program that does ``what``, over that many files."""
    folder = make_files(tmp_path / "files", files)
    command = (sanitized("many", sanitizer), what, folder, str(count))
    return watch(command, str(tmp_path), folder, preload=sanitizer is None)


def sanitized(name: str, sanitizer: str | None) -> str:
    """The program, with a sanitizer as one that holds the code of the library itself."""
    options = (f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all", SOURCE) if sanitizer else ()
    return program(name, *options)


def names(seen: Seen, kind: str) -> Counter[bytes]:
    return Counter(
        os.path.basename(each.path) for each in seen.touches if each.kind == kind and b"/files/" in each.path
    )


def lost(seen: Seen) -> list[bytes]:
    return [each.path for each in seen.touches if each.kind == touch.LOST]


@pytest.mark.parametrize("sanitizer", [None, *SANITIZERS])
def test_64_threads_at_once_lose_and_double_nothing(sanitizer: str | None, tmp_path: Path) -> None:
    compiled = sanitized("threads", sanitizer)
    (tmp_path / "work").mkdir()
    seen = watch((compiled,), str(tmp_path), f"{tmp_path}/work", preload=sanitizer is None)
    assert (seen.status, seen.output) == (0, "done\n")
    kinds = Counter(each.kind for each in seen.touches)
    assert kinds[touch.WRITE] == len(seen.paths(touch.WRITE)) == 100 + 64 * 20
    assert kinds[touch.RENAME] == len(seen.paths(touch.RENAME)) == 64 * 20
    assert kinds[touch.READ] == len(seen.paths(touch.READ)) == 100
    assert kinds[touch.EXEC] == 4
    assert kinds[touch.START] == (1 if sanitizer else 5)
    assert touch.LOST not in kinds


@pytest.mark.parametrize("sanitizer", SANITIZERS)
@pytest.mark.parametrize("later", [-3600, 3600])
def test_every_call_is_clean_under_the_sanitizers(sanitizer: str, later: int, tmp_path: Path) -> None:
    compiled = sanitized("calls", sanitizer)
    (tmp_path / "work" / "folder").mkdir(parents=True)
    (tmp_path / "work" / "a").write_text("hello")
    environ = {"ASAN_OPTIONS": "detect_leaks=0"}
    seen = watch((compiled,), str(tmp_path), f"{tmp_path}/work", environ=environ, later=later, preload=False)
    assert seen.status == 0, seen.output
    assert "ERROR" not in seen.output
    assert "WARNING" not in seen.output
    assert len(seen.touches) > 40


def test_a_kill_in_the_middle_loses_nothing_that_was_before(tmp_path: Path) -> None:
    seen = many(tmp_path, "killed", 2000, 2000)
    assert seen.status == -signal.SIGKILL
    assert len(names(seen, touch.READ)) == 2000


def test_a_process_that_closes_all_descriptors_is_watched_on(tmp_path: Path) -> None:
    seen = many(tmp_path, "closed", 2000, 2000)
    assert seen.status == 0
    assert len(names(seen, touch.READ)) == 2000


def test_a_daemon_is_watched_on(tmp_path: Path) -> None:
    folder = make_files(tmp_path / "files", 2000)
    command = f"{program('many')} daemon {folder} 2000; while [ ! -e {folder}/done ]; do sleep 0.01; done"
    seen = watch(("sh", "-c", command), str(tmp_path), folder)
    assert seen.status == 0
    assert len(names(seen, touch.READ)) == 2000


@pytest.mark.parametrize("sanitizer", [None, *SANITIZERS])
def test_forks_of_64_threads_each_leave_their_record(sanitizer: str | None, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    command = (sanitized("threads", sanitizer), "forking")
    seen = watch(command, str(tmp_path), f"{tmp_path}/work", preload=sanitizer is None)
    assert (seen.status, seen.output) == (0, "done\n")
    found = [each for each in seen.touches if each.kind == touch.WRITE and b"/child-" in each.path]
    assert len(found) == len({each.path for each in found}) == len({each.pid for each in found}) == 64 * 3
    assert lost(seen) == []


@pytest.mark.parametrize(("sanitizer", "count"), [(None, 1000), *((each, 300) for each in SANITIZERS)])
def test_many_forks_at_once_each_leave_their_record(sanitizer: str | None, count: int, tmp_path: Path) -> None:
    seen = many(tmp_path, "bomb", count, 0, sanitizer)
    assert (seen.status, seen.output) == (0, "")
    assert names(seen, touch.WRITE) == {b"by-%d" % number: 1 for number in range(count)}
    assert len({each.pid for each in seen.touches if each.kind == touch.WRITE}) == count


@pytest.mark.parametrize("sanitizer", SANITIZERS)
def test_programs_started_by_vfork_are_clean_under_the_sanitizers(sanitizer: str, tmp_path: Path) -> None:
    seen = many(tmp_path, "vfork", 50, 0, sanitizer)
    assert (seen.status, seen.output) == (0, "")
    assert Counter(each.kind for each in seen.touches)[touch.EXEC] == 50


@pytest.mark.parametrize("sanitizer", SANITIZERS)
def test_growing_tables_and_logs_are_clean_under_the_sanitizers(sanitizer: str, tmp_path: Path) -> None:
    seen = many(tmp_path, "plain", 9_000, 9_000, sanitizer)
    assert (seen.status, seen.output) == (0, "")
    assert names(seen, touch.READ) == {b"%d" % number: 1 for number in range(9_000)}
    assert os.path.exists(tmp_path / "run" / "trace.2")


def test_300_programs_started_by_vfork_are_all_observed(tmp_path: Path) -> None:
    seen = many(tmp_path, "vfork", 300, 0)
    kinds = Counter(each.kind for each in seen.touches)
    assert (seen.status, kinds[touch.EXEC], kinds[touch.START]) == (0, 300, 301)
    assert unobserved(seen.touches) == []


def test_subprocess_is_observed_and_its_pids_are_right(tmp_path: Path) -> None:
    code = "import subprocess\nfor close in (True, False): print(subprocess.Popen(['cat', 'x'], close_fds=close).pid)"
    (tmp_path / "x").write_text("")
    seen = watch((sys.executable, "-I", "-S", "-c", code), str(tmp_path), str(tmp_path))
    pids = [int(line) for line in seen.output.split()]
    assert [each.pid for each in seen.touches if each.kind == touch.EXEC] == pids
    assert {each.pid for each in seen.touches if each.path == os.fsencode(tmp_path / "x")} == set(pids)


def test_open_in_a_signal_handler_on_a_small_stack(tmp_path: Path) -> None:
    seen = many(tmp_path, "handler", 0, 0)
    assert seen.status == 0
    assert names(seen, touch.WRITE) == {b"signalled": 1}


def test_a_thread_that_waits_in_open_can_be_cancelled(tmp_path: Path) -> None:
    compiled = program("cancel")
    os.mkfifo(tmp_path / "fifo")
    bare = subprocess.run((compiled, "fifo"), cwd=tmp_path, capture_output=True, text=True, check=True)
    seen = watch((compiled, "fifo"), str(tmp_path), str(tmp_path))
    assert (seen.status, seen.output) == (0, bare.stdout)


@pytest.mark.parametrize(
    ("what", "why"), [("no-space", b"no room for the log"), ("no-memory", b"no address space left")]
)
def test_a_process_at_its_limits_goes_on_and_the_loss_is_said(what: str, why: bytes, tmp_path: Path) -> None:
    seen = many(tmp_path, what, 3000, 3000)
    assert seen.status == 0, seen.output
    assert 100 < len(names(seen, touch.READ)) < 3000
    (said,) = lost(seen)
    assert why in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up its rights")
def test_a_process_that_gives_up_its_rights_goes_on_and_the_loss_is_said(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o005:  # what pytest has made for us alone
            folder.chmod(0o755)
    seen = many(tmp_path, "nobody", 3000, 3000)
    assert seen.status == 0, seen.output
    assert 100 < len(names(seen, touch.READ)) < 3000
    assert lost(seen) == [b"a process could not open the log any more"]


def test_a_filesystem_that_cannot_take_space_is_written_to_instead(tmp_path: Path) -> None:
    compiled = program("threads", SOURCE, "-DFALLOCATE=-1")
    (tmp_path / "work").mkdir()
    seen = watch((compiled,), str(tmp_path), f"{tmp_path}/work", preload=False)
    assert (seen.status, seen.output) == (0, "done\n")
    assert len(seen.paths(touch.RENAME)) == 64 * 20
    assert lost(seen) == []
    assert os.stat(tmp_path / "run" / "trace").st_blocks * 512 > 3 * 65536


def test_a_log_that_is_deleted_is_not_missed_by_the_program(tmp_path: Path) -> None:
    folder = make_files(tmp_path / "files", 3000)
    command = f"rm -r {tmp_path}/run; {program('many')} plain {folder} 3000; echo $?"
    seen = watch(("sh", "-c", command), str(tmp_path), folder)
    assert (seen.status, seen.output) == (0, "0\n")
    assert seen.touches == [Touch(touch.LOST, 0, 0, b"the log is gone")]


def test_a_disk_that_fills_up_is_survived_and_said(tmp_path: Path) -> None:
    """On a disk of 256 KiB of its own: the log has room for its first slab and not for many more."""
    folder, disk = make_files(tmp_path / "files", 5000), tmp_path / "run"
    disk.mkdir()
    reader = (
        "import sys, time, os, subprocess; from runlore.capture.access import native, tracelog;"
        "from runlore.capture.access.observer import Place;"
        f"o = native.Native(Place('{disk}', '{disk}/saved', 1), 0); e = o.environ({{}});"
        f"e['LD_PRELOAD'] = '{library()}';"
        f"print(subprocess.run(['{program('many')}', 'plain', '{folder}', '5000'], env=e).returncode);"
        "t = list(o.touches()); print(sum(x.kind == 'read' for x in t), [x.path for x in t if x.kind == 'lost'])"
    )
    script = f'mount -t tmpfs -o size=384k none {disk} && exec "$0" -c "$1"'
    command = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, sys.executable, reader)
    if not shutil.which("unshare"):
        pytest.skip("unshare is not installed")
    environ = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode and "Error" not in done.stderr:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    status, _, rest = done.stdout.partition("\n")
    seen, _, said = rest.partition(" ")
    assert status == "0", done.stderr
    assert 100 < int(seen) < 5000
    assert "no room for the log" in said


def test_more_files_than_the_first_table_holds_are_all_on_record_once(tmp_path: Path) -> None:
    folder = make_files(tmp_path / "files", 9_000)
    compiled = program("many")
    seen = watch(("sh", "-c", f"{compiled} plain . 9000; {compiled} plain . 9000"), str(tmp_path), folder)
    assert seen.status == 0
    assert set(names(seen, touch.READ).values()) == {2}  # once for each program
    assert len(names(seen, touch.READ)) == 9_000
    assert os.path.exists(tmp_path / "run" / "trace.2")


@pytest.mark.parametrize("sanitizer", SANITIZERS)
def test_a_program_linked_to_a_sanitizer_runs_and_is_observed(sanitizer: str, tmp_path: Path) -> None:
    folder = make_files(tmp_path / "files", 20)
    compiled = program("many", f"-fsanitize={sanitizer}")
    seen = watch((compiled, "plain", folder, "20"), str(tmp_path), folder)
    assert (seen.status, seen.output) == (0, "")
    assert len(names(seen, touch.READ)) == 20


def test_a_preloaded_sanitizer_or_allocator_stays_first(tmp_path: Path) -> None:
    found = [path for name in ("libasan.so", "libjemalloc.so.2") if os.path.isabs(path := _library(name))]
    if not found:
        pytest.skip("no such library is installed")
    folder = make_files(tmp_path / "files", 20)
    compiled = program("many")
    for path in found:
        seen = watch((compiled, "plain", folder, "20"), str(tmp_path), folder, environ={"LD_PRELOAD": path})
        assert (seen.status, seen.output) == (0, "")
        assert len(names(seen, touch.READ)) == 20


def _library(name: str) -> str:
    command = (*compiler(), f"-print-file-name={name}")
    return os.path.realpath(path) if os.path.isabs(path := subprocess.check_output(command, text=True).strip()) else ""


def test_a_child_with_another_preload_is_named_and_runs(tmp_path: Path) -> None:
    seen = watch(("sh", "-c", "LD_PRELOAD= ls / >/dev/null; echo $?"), str(tmp_path), str(tmp_path))
    assert seen.output == "0\n"
    assert unobserved(seen.touches) == [os.fsencode(os.path.realpath("/bin/ls"))]


def test_touches_come_by_time(tmp_path: Path) -> None:
    before = time.time_ns()
    seen = watch(("sh", "-c", "for i in 1 2 3 4 5; do cat x & done; wait"), str(tmp_path), str(tmp_path))
    times = [each.at for each in seen.touches]
    assert times == sorted(times)
    assert before <= times[0] <= times[-1] <= time.time_ns()
