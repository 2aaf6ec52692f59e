"""What the preloaded library writes down, and that nothing it does can be noticed."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.native.watched import Seen, compiler, library, program, watch

from runlore.capture.access import native, touch
from runlore.capture.access.native import Native, available, unobserved
from runlore.capture.access.observer import Observer, Place
from runlore.capture.access.touch import Touch
from runlore.capture.content import state_of

PYTHON = (sys.executable, "-I", "-S", "-B", "-c")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "a.csv").write_text("a\n")
    return folder


def run(project: Path, code: str, **variables: str) -> Seen:
    seen = watch((*PYTHON, code), str(project.parent), str(project), environ=variables)
    assert seen.status == 0, seen.output
    return seen


def mine(seen: Seen, project: Path, *kinds: str) -> list[tuple[str, str]]:
    """Kind and path below the project of what was touched there."""
    below = os.fsencode(project) + b"/"
    wanted = [each for each in seen.touches if each.path.startswith(below) and (not kinds or each.kind in kinds)]
    return [(each.kind, os.fsdecode(each.path[len(below) :])) for each in wanted]


def test_is_an_observer(tmp_path: Path) -> None:
    observer: Observer = Native(Place(str(tmp_path), f"{tmp_path}/saved", 0), 0)
    assert observer.name == "native"
    assert observer.command(["a", "b"]) == ("a", "b")
    assert all(isinstance(each, str) for each in observer.blind)


def test_reads_writes_and_updates_are_told_apart(project: Path) -> None:
    seen = run(project, "open('a.csv').close(); open('b', 'w').close(); open('a.csv', 'r+').close()")
    assert mine(seen, project) == [(touch.READ, "a.csv"), (touch.WRITE, "b"), (touch.UPDATE, "a.csv")]


def test_the_state_is_that_of_the_file_just_after_it_was_opened(project: Path) -> None:
    before = state_of(os.stat(project / "a.csv"))
    seen = run(project, "open('a.csv').close()")
    (found,) = [each for each in seen.touches if each.path.endswith(b"/a.csv")]
    assert found.state == before
    assert not found.fresh


def test_a_file_that_an_open_makes_is_fresh_and_one_that_was_there_is_not(project: Path) -> None:
    seen = run(project, "[open(n, 'w').close() for n in ('new', 'a.csv')]; open('x', 'x').close(); open('y', 'a')")
    fresh = {os.path.basename(each.path): each.fresh for each in seen.touches if each.kind == touch.WRITE}
    assert fresh == {b"new": True, b"a.csv": False, b"x": True, b"y": True}


def test_a_failed_open_is_not_on_record(project: Path) -> None:
    code = "import os\nfor n in ('none', 'data/none/none'):\n try: open(n)\n except OSError: pass\n"
    assert mine(run(project, code), project) == []


def test_paths_are_real_whatever_name_a_file_was_opened_by(project: Path) -> None:
    (project / "link").symlink_to("data")
    (project / "data" / "x").write_text("x")
    (project / "data" / "y").symlink_to("../a.csv")
    code = "import os\nopen('link/x')\nopen('data/../link/y')\nos.chdir('data')\nopen('x')\nos.open('../a.csv', 0)"
    assert mine(run(project, code), project) == [(touch.READ, "data/x"), (touch.READ, "a.csv")]


def test_a_name_that_comes_to_mean_another_file_is_followed(project: Path) -> None:
    for name in ("one", "two"):
        (project / name).mkdir()
        (project / name / "x").write_text(name)
    (project / "now").symlink_to("one")
    code = "import os\nopen('now/x')\nos.unlink('now')\nos.symlink('two', 'now')\nopen('now/x')"
    assert mine(run(project, code), project, touch.READ) == [(touch.READ, "one/x"), (touch.READ, "two/x")]


def test_a_relative_name_is_right_after_the_folder_was_changed(project: Path) -> None:
    for name in ("one", "two"):
        (project / name).mkdir()
        (project / name / "x").write_text(name)
    code = "import os\nfor d in ('one', '../two'):\n os.chdir(d)\n open('x')\n os.open('x', 0, dir_fd=os.open('.', 0))"
    assert mine(run(project, code), project, touch.READ) == [(touch.READ, "one/x"), (touch.READ, "two/x")]


def test_two_names_of_one_file_are_two_inputs(project: Path) -> None:
    os.link(project / "a.csv", project / "b.csv")
    seen = run(project, "for n in ('a.csv', 'b.csv', 'a.csv'): open(n)")
    assert mine(seen, project) == [(touch.READ, "a.csv"), (touch.READ, "b.csv")]


def test_a_name_that_is_not_utf8_is_kept(project: Path) -> None:
    name = os.fsencode(project) + b"/\xff\n\x1b"
    with open(name, "w"):
        pass
    assert name in {each.path for each in run(project, r"open(b'\xff\n\x1b')").touches}


def test_a_file_read_twice_is_one_record_and_a_changed_one_two(project: Path) -> None:
    code = "[open('a.csv').close() for _ in range(9)]\nopen('a.csv', 'a').write('b')\n[open('a.csv') for _ in range(9)]"
    assert mine(run(project, code), project) == [(touch.READ, "a.csv"), (touch.WRITE, "a.csv"), (touch.READ, "a.csv")]


def test_a_forked_child_does_not_repeat_what_its_program_read(project: Path) -> None:
    code = "import os\nopen('a.csv')\nif not os.fork(): open('a.csv'); os._exit(0)\nos.wait()"
    assert mine(run(project, code), project) == [(touch.READ, "a.csv")]


def test_folders_are_listed(project: Path) -> None:
    seen = run(project, "import os; os.listdir('data'); os.listdir(os.open('.', os.O_RDONLY))")
    assert seen.paths(touch.LIST) >= {f"{project}/data", str(project)}


def test_what_the_kernel_makes_up_is_not_on_record(project: Path) -> None:
    seen = run(project, "for n in ('/proc/self/maps', '/dev/null', '/proc/cpuinfo'): open(n)")
    assert not {path for path in seen.paths(touch.READ, touch.WRITE) if path.startswith(("/proc", "/dev"))}


def test_shared_memory_is_on_record(project: Path) -> None:
    name = f"/dev/shm/runlore-{os.getpid()}"  # noqa: S108 - that very folder is meant
    seen = run(project, f"import os; open({name!r}, 'w'); os.unlink({name!r})")
    assert name in seen.paths(touch.WRITE)


def test_renames_say_both_names(project: Path) -> None:
    seen = run(project, "import os; open('t', 'w'); os.rename('t', 'data/final'); os.replace('data', 'moved')")
    found = [(each.path, each.other) for each in seen.touches if each.kind == touch.RENAME]
    here = os.fsencode(project)
    assert found == [(here + b"/t", here + b"/data/final"), (here + b"/data", here + b"/moved")]


def test_links_say_both_names_and_what_had_none_was_written(project: Path) -> None:
    code = "import os; open('t', 'w'); os.link('t', 'data/final'); os.link('data/final', 'again'); os.unlink('t')"
    found = [(each.path, each.other) for each in run(project, code).touches if each.kind == touch.LINK]
    here = os.fsencode(project)
    assert found == [(here + b"/t", here + b"/data/final"), (here + b"/data/final", here + b"/again")]
    code = (
        "import os, sys\n"
        "try: file = os.open('.', os.O_TMPFILE | os.O_WRONLY)\n"
        "except OSError: sys.exit()\n"
        "os.link(f'/proc/self/fd/{file}', 'data/late', src_dir_fd=file)"
    )
    seen = run(project, code)
    if not (project / "data/late").exists():
        pytest.skip("this filesystem has no O_TMPFILE")
    (late,) = [each for each in seen.touches if each.path == here + b"/data/late"]
    assert (late.kind, late.fresh, late.state) == (touch.WRITE, True, state_of(os.stat(project / "data/late")))


def test_temporary_files_of_the_c_library_are_seen(project: Path) -> None:
    compiled = program("calls")
    os.mkdir(project / "folder")
    (project / "a").write_text("a")
    seen = watch((compiled,), str(project.parent), str(project))
    assert len([each for each in seen.touches if b"/t-" in each.path and each.fresh]) == 8


def test_a_shared_library_of_no_system_folder_is_on_record(project: Path) -> None:
    (project / "x.c").write_text("int x;")
    subprocess.run((*compiler(), "-shared", "-nostdlib", "-o", "x.so", "x.c"), cwd=project, check=True)
    seen = run(project, "import sys; sys.path = sys.path[:]\nimport ctypes; ctypes.CDLL('./x.so')")
    assert f"{project}/x.so" in seen.paths(touch.READ)


def test_everything_answers_as_it_does_unwatched(tmp_path: Path) -> None:
    compiled = program("calls")
    outputs = {}
    for way in ("bare", "watched", "overwriting"):
        folder = tmp_path / way
        (folder / "folder").mkdir(parents=True)
        (folder / "a").write_text("hello")
        (folder / "link").symlink_to("a")
        (folder / "loop").symlink_to("loop")
        if way == "bare":
            environ = {"PATH": os.defpath}
            done = subprocess.run((compiled,), cwd=folder, env=environ, capture_output=True, text=True, check=True)
            outputs[way] = done.stdout + done.stderr
        else:
            seen = watch((compiled,), str(tmp_path), str(folder), later=3600 if way == "overwriting" else -3600)
            outputs[way] = seen.output
            assert len(seen.touches) > 40
    assert outputs["bare"].count("\n") > 90
    assert outputs["watched"] == outputs["bare"]
    assert outputs["overwriting"] == outputs["bare"]


def test_without_a_log_nothing_is_done(project: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    for log in (None, "", "relative", f"{tmp_path}/none", f"{tmp_path}/empty", str(tmp_path), "/dev/null"):
        environ = {"LD_PRELOAD": library(), **({} if log is None else {"RUNLORE_TRACE": log})}
        code = (
            "import os; open('a.csv'); os.rename('a.csv', 'a.csv'); print(os.open('a.csv', 0), os.path.exists('none'))"
        )
        done = subprocess.run((*PYTHON, code), cwd=project, env=environ, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "3 False\n", "")
    assert (tmp_path / "empty").read_text() == ""


def test_what_the_user_preloads_comes_first(tmp_path: Path) -> None:
    observer = Native(Place(str(tmp_path), f"{tmp_path}/saved", 0), 0)
    assert observer.environ({"LD_PRELOAD": "/x.so /y.so", "A": "b"}) == {
        "A": "b",
        "LD_PRELOAD": f"/x.so:/y.so:{native.LIBRARY}",
        "RUNLORE_TRACE": f"{tmp_path}/trace",
    }
    os.unlink(tmp_path / "trace")
    again = observer.environ({"LD_PRELOAD": f"{native.LIBRARY}:/x.so"})
    assert again["LD_PRELOAD"] == f"/x.so:{native.LIBRARY}"


def test_an_interposer_behind_ours_is_still_called(project: Path) -> None:
    (project / "i.c").write_text(
        '#include <fcntl.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n'
        'int open64(const char *p, int f, ...) { write(2, "mine\\n", 5); return syscall(SYS_openat, -100, p, f, 0); }\n'
    )  # fmt: skip
    subprocess.run((*compiler(), "-shared", "-fPIC", "-w", "-o", "i.so", "i.c"), cwd=project, check=True)
    code = "import sys; sys.stderr.write('begin\\n'); open('a.csv')"
    theirs = library() + ":" + str(project / "i.so")
    seen = watch(("env", f"LD_PRELOAD={theirs}", *PYTHON, code), str(project.parent), str(project))
    assert "mine" in seen.output.partition("begin")[2]
    assert f"{project}/a.csv" in seen.paths(touch.READ)


def test_connections_beyond_this_machine_are_on_record_and_local_ones_not(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = run(project, CONNECTS.replace("PORT", str(port))).paths(touch.CONNECT)
    assert found <= {"192.0.2.1:443", "[2001:db8::1]:443"}


CONNECTS = """
import socket
socket.create_connection(('127.0.0.1', PORT))
for f, a in ((socket.AF_INET, '192.0.2.1'), (socket.AF_INET6, '2001:db8::1'), (socket.AF_INET6, '::1')):
    for _ in range(2):
        s = socket.socket(f, socket.SOCK_DGRAM)
        try:
            s.connect((a, 443))
        except OSError:
            pass
"""


def test_a_host_name_that_is_looked_up_is_on_record_once_and_an_address_not(project: Path) -> None:
    code = (
        "import socket\n"
        "for n in ('none.invalid', 'none.invalid', '127.0.0.1', '::1', 'localhost', None):\n"
        " try: socket.getaddrinfo(n, 80)\n"
        " except OSError: pass\n"
    )
    assert [each.path for each in run(project, code).touches if each.kind == touch.RESOLVE] == [b"none.invalid"]


def test_a_program_that_could_not_be_observed_is_named(project: Path) -> None:
    static = program("many", "-static")
    script = (
        f"{static} plain . 0; env -i /bin/true; env -u LD_PRELOAD /bin/ls >/dev/null; /bin/true; no-such; {project}"
    )
    seen = watch(("sh", "-c", script), str(project.parent), str(project))
    assert unobserved(seen.touches) == [
        os.fsencode(os.path.realpath(each)) for each in (static, "/bin/true", "/bin/ls")
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a program away")
def test_a_setuid_program_is_named(project: Path) -> None:
    shutil.copy("/bin/true", project / "su")
    os.chown(project / "su", 65534, 65534)
    os.chmod(project / "su", 0o4755)  # noqa: S103 - setuid is what this is about
    seen = run(project, "import os; os.spawnv(os.P_WAIT, './su', ['su'])")
    assert unobserved(seen.touches) == [os.fsencode(project / "su")]


def test_an_execution_that_failed_is_no_unobserved_program() -> None:
    exec_, failed, start = (Touch(kind, 7, 0, b"/x") for kind in (touch.EXEC, touch.EXEC_FAILED, touch.START))
    assert unobserved([exec_, failed, exec_, start]) == []
    assert unobserved([exec_, failed, exec_]) == [b"/x"]


@pytest.mark.parametrize(
    "path",
    [b"/sbin/ldconfig", b"/sbin/ldconfig.real", b"/lib64/ld-linux-x86-64.so.2", b"/lib/ld-linux-aarch64.so.1",
     b"/lib/ld-musl-x86_64.so.1", b"/lib64/ld64.so.2", b"/lib/ld-2.31.so", b"/lib/ld.so.1"],
)  # fmt: skip
def test_the_dynamic_loader_asked_for_libraries_is_no_unobserved_program(path: bytes) -> None:
    exec_, other = (Touch(touch.EXEC, pid, 0, each) for pid, each in ((7, path), (8, path + b"/trained")))
    assert unobserved([exec_, other]) == [other.path]


def test_a_spawned_program_is_observed_as_the_child_it_is(project: Path) -> None:
    code = "import os; os.waitpid(os.posix_spawnp('true', ['true'], os.environ), 0)"
    seen = run(project, code)
    (one,) = [each for each in seen.touches if each.kind == touch.EXEC]
    after = seen.touches[seen.touches.index(one) + 1 :]
    assert (touch.START, one.pid, one.path) in {(each.kind, each.pid, each.path) for each in after}


def test_a_script_is_executed_and_its_interpreter_begins(project: Path) -> None:
    (project / "s").write_text("#!/bin/sh -e\n:\n")
    os.chmod(project / "s", 0o755)  # noqa: S103 - a script
    seen = run(project, "import os; os.spawnv(os.P_WAIT, './s', ['s'])")
    assert f"{project}/s" in seen.paths(touch.EXEC)
    assert os.path.realpath("/bin/sh") in seen.paths(touch.START)
    assert unobserved(seen.touches) == []


@pytest.mark.parametrize("folder", ["with space", "with:colon", "$LIB"])
def test_a_library_that_cannot_be_named_is_not_available(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / folder).mkdir()
    path = shutil.copy(library(), tmp_path / folder)
    monkeypatch.setattr(native, "LIBRARY", path)
    assert "cannot be preloaded" in (available() or "")


def test_availability_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "LIBRARY", library())
    assert available() is None
    monkeypatch.setattr(native, "LIBRARY", f"{tmp_path}/none")
    assert "not built" in (available() or "")
    (tmp_path / "other.so").write_bytes(b"\x7fELF\x01" + bytes(59))
    monkeypatch.setattr(native, "LIBRARY", f"{tmp_path}/other.so")
    assert "another machine" in (available() or "")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "darwin" in (available() or "")


def test_the_library_needs_nothing_but_what_every_c_library_has() -> None:
    if not shutil.which("readelf"):
        pytest.skip("readelf is not installed")
    command = ("readelf", "--dyn-syms", "--dynamic", "--wide", library())
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert not [line for line in lines if "(NEEDED)" in line or "(VERNEED)" in line]
    needed = {line.split()[7] for line in lines if " UND " in line and len(line.split()) > 7}
    assert needed == {"dl_iterate_phdr", "environ", "__errno_location"}
