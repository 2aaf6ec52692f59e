"""`exec --cached` does not stand in for a run that would have come to something else, or take a file from a person."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from tests.cli.place import Place, Result

IGNORED = "data/\nout/\nlocal/\n*.log\n.x.swp\n.idea/\n"
WRITE = "import os\nos.makedirs('out', exist_ok=True)\nopen('out/r', 'w').write('1')\n"


@pytest.fixture
def begin(place: Place) -> Callable[..., Place]:
    """A project in which a script ran twice."""
    place.sign("Ann")
    place.write(".gitignore", IGNORED)

    def begun(script: str, *options: str) -> Place:
        place.write("t.py", script)
        for _ in range(2):  # the packages of the interpreter are known from the second run on
            done = place.mlrun("exec", "-q", *options, "t.py")
            assert done.status == 0, done.err
        assert "reused" in place.mlrun("exec", "--cached", *options, "t.py").err
        return place

    return begun


def refused(done: Result) -> str:
    """Why no run was taken."""
    assert " reused what " not in done.err, done.err
    return next(line for line in done.err.splitlines() if "not cached: " in line)


def read(place: Place, name: str) -> str:
    with open(os.path.join(place.folder, name), encoding="utf-8") as file:
        return file.read()


def shell(place: Place, line: str) -> Result:
    """A line of shell, in which ``mlrun`` is ours."""
    mlrun = f'mlrun() {{ "{sys.executable}" -m runlore "$@"; }}; '
    done = subprocess.run(
        ["/bin/sh", "-c", mlrun + line], cwd=place.folder, env=place.env, capture_output=True, text=True, check=False
    )
    return Result(done.returncode, done.stdout, done.stderr)


def test_one_more_file_among_very_many_is_seen(place: Place, begin: Callable[..., Place]) -> None:
    for number in range(120):
        place.write(f"data/{number}", "1")
    begin("import os; print(sum(int(open('data/' + name).read()) for name in os.listdir('data')))")
    place.write("data/more", "1")
    assert 'where "more" lies' in refused(place.mlrun("exec", "--cached", "t.py"))


def test_files_that_are_counted_and_not_read_may_lie_in_a_folder_until_one_goes(
    place: Place, begin: Callable[..., Place]
) -> None:
    place.write("data/1", "")
    begin("import os; print(len(os.listdir('data')))")
    os.unlink(os.path.join(place.folder, "data/1"))
    assert "where something came or went since" in refused(place.mlrun("exec", "--cached", "t.py"))


def test_a_file_that_comes_into_a_listed_folder_outside_the_project_is_seen(
    place: Place, begin: Callable[..., Place], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "1").write_text("1")
    begin(f"import os; print([open(entry).read() for entry in os.scandir({str(folder)!r})])")
    (folder / "2").write_text("2")
    assert 'where "2" lies' in refused(place.mlrun("exec", "--cached", "t.py"))


def test_a_folder_that_was_moved_into_the_project_with_old_files_is_seen(
    place: Place, begin: Callable[..., Place]
) -> None:
    stash = place.folder + "-stash"
    os.mkdir(stash)
    with open(stash + "/c.json", "w", encoding="utf-8") as file:
        file.write("{}")
    time.sleep(0.02)
    begin("import os; print(os.path.exists('local/c.json'))")
    os.rename(stash, os.path.join(place.folder, "local"))
    assert '"local/c.json" is new since then' in refused(place.mlrun("exec", "--cached", "t.py"))


def test_a_variable_that_a_script_may_read_counts_though_its_name_begins_like_that_of_a_shell(
    begin: Callable[..., Place],
) -> None:
    place = begin("import os; print(os.environ.get('PROMPT'), os.environ.get('HISTORY'))")
    for name in ("PROMPT", "HISTORY", "XDG_DATA_HOME"):
        done = place.mlrun("exec", "--cached", "t.py", env={name: "x"})
        assert re.search(rf"other variables are set now: .*\b{name}\b", refused(done))


def test_another_terminal_is_no_other_circumstance(begin: Callable[..., Place]) -> None:
    other = {"TERM": "xterm", "KITTY_WINDOW_ID": "3", "XDG_SESSION_ID": "4", "SSH_TTY": "/dev/pts/4", "SHLVL": "7"}
    done = begin("print(1)").mlrun("exec", "--cached", "t.py", env=other)
    assert "reused" in done.err


def test_what_comes_through_standard_input_counts(place: Place, begin: Callable[..., Place]) -> None:
    place.write("data/1", "1")
    place.write("data/2", "2")
    begin("import sys; print(sys.stdin.read())")
    assert "nobody knows" in refused(shell(place, "echo 1 | mlrun exec --cached t.py"))
    assert "its standard input was another" in refused(shell(place, "mlrun exec --cached t.py < data/1"))
    assert "reused" in shell(place, "mlrun exec --cached t.py < data/1").err
    assert "its standard input was another" in refused(shell(place, "mlrun exec --cached t.py < data/2"))
    assert "reused" in shell(place, ": | { sleep 0.2; mlrun exec --cached t.py; }").err
    place.write("data/2", "3")
    assert '"data/2" is another now' in refused(shell(place, "mlrun exec --cached t.py < data/2"))


def test_what_a_person_keeps_in_a_declared_folder_is_not_put_back_as_it_was(
    place: Place, begin: Callable[..., Place]
) -> None:
    place.write("out/notes.txt", "first")
    begin(WRITE, "-o", "out")
    place.write("out/notes.txt", "better")
    assert "which it did not make, is another now" in refused(place.mlrun("exec", "--cached", "-o", "out", "t.py"))
    assert read(place, "out/notes.txt") == "better"


def test_what_a_person_deleted_in_a_declared_folder_does_not_come_back(
    place: Place, begin: Callable[..., Place]
) -> None:
    place.write("out/notes.txt", "first")
    begin(WRITE, "-o", "out")
    shutil.rmtree(os.path.join(place.folder, "out"))
    assert "reused" in place.mlrun("exec", "--cached", "-o", "out", "t.py").err
    assert os.listdir(os.path.join(place.folder, "out")) == ["r"]


def test_an_output_that_is_asked_for_now_must_have_been_one(begin: Callable[..., Place]) -> None:
    done = begin(WRITE).mlrun("exec", "--cached", "-o", "out/r", "-o", "out/s", "t.py")
    assert "it was not said to make out/s" in refused(done)


def test_nothing_is_put_where_a_folder_or_a_link_is_now(begin: Callable[..., Place]) -> None:
    place = begin(WRITE)
    path = os.path.join(place.folder, "out/r")
    os.unlink(path)
    os.mkdir(path)
    done = place.mlrun("exec", "--cached", "t.py")
    assert "what is there is not a plain file" in refused(done)
    assert os.listdir(os.path.join(place.folder, "out")) == ["r"]
    os.rmdir(path)
    precious = place.folder + "-precious"
    os.symlink(precious, path)
    assert "what is there is not a plain file" in refused(place.mlrun("exec", "--cached", "t.py"))
    assert os.path.exists(precious)  # the run itself wrote through it


def test_nothing_is_put_behind_a_link_that_was_none(begin: Callable[..., Place]) -> None:
    place = begin(WRITE)
    out, other = os.path.join(place.folder, "out"), place.folder + "-other"
    os.rename(out, other)
    os.symlink(other, out)
    done = place.mlrun("exec", "--cached", "t.py")
    assert refused(done)


def test_a_file_that_is_there_is_left_alone_and_another_keeps_its_permissions(begin: Callable[..., Place]) -> None:
    place = begin(WRITE)
    path = os.path.join(place.folder, "out/r")
    os.chmod(path, 0o600)
    before = os.stat(path)
    assert "reused" in place.mlrun("exec", "--cached", "t.py").err
    assert os.stat(path).st_ino == before.st_ino
    assert os.stat(path).st_mtime_ns == before.st_mtime_ns
    place.write("out/r", "edited")
    assert "reused" in place.mlrun("exec", "--cached", "t.py").err
    assert read(place, "out/r") == "1"
    assert os.stat(path).st_mode & 0o777 == 0o600


def test_a_file_that_the_shell_has_emptied_for_the_output_is_filled(begin: Callable[..., Place]) -> None:
    place = begin("print(42)")
    assert "missing from the file" in refused(shell(place, "mlrun exec --cached t.py > all.log < /dev/null"))
    assert read(place, "all.log") == "42\n"


def test_a_log_of_many_runs_is_in_the_way_of_none(begin: Callable[..., Place]) -> None:
    place = begin("print(42)")
    done = shell(place, "for i in 1 2; do mlrun exec --cached t.py >> all.log 2>&1 < /dev/null; done")
    assert done.status == 0
    assert read(place, "all.log").count("reused what run") == 2


def test_what_editors_leave_is_in_the_way_of_none(begin: Callable[..., Place]) -> None:
    place = begin("print(42)")
    place.write(".x.swp", "")
    place.write(".idea/workspace.xml", "")
    assert "reused" in place.mlrun("exec", "--cached", "t.py").err


def test_a_module_of_a_package_that_was_edited_is_seen(place: Place, begin: Callable[..., Place]) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=place.folder, check=True)
    place.write(".gitignore", IGNORED + ".venv/\n")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    path = place.write(f".venv/lib/{version}/site-packages/pack/__init__.py", "value = 1")
    begin("import pack; print(pack.value)")
    with open(path, "w", encoding="utf-8") as file:
        file.write("value = 2")
    assert "pack/__init__.py" in refused(place.mlrun("exec", "--cached", "t.py"))


def test_a_module_that_comes_first_on_the_path_is_seen(
    place: Place, begin: Callable[..., Place], tmp_path_factory: pytest.TempPathFactory
) -> None:
    first, second = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    (second / "found.py").write_text("value = 1")
    place.env["PYTHONPATH"] = f"{first}:{second}"
    begin("import found; print(found.value)")
    (first / "found.py").write_text("value = 2")
    assert "found.py" in refused(place.mlrun("exec", "--cached", "t.py"))


def test_a_program_outside_the_project_that_is_newer_is_seen(place: Place) -> None:
    place.sign("Ann")
    program = place.folder + "-program"
    shutil.copy("/bin/sh", program)
    command = ("exec", "--cached", program, "-c", "echo 1")
    place.mlrun(*command)
    assert "reused" in place.mlrun(*command).err
    shutil.copy("/bin/cat", program + ".new")
    os.rename(program + ".new", program)
    assert "is newer" in refused(place.mlrun(*command))


def test_a_run_that_was_repeated_elsewhere_is_none_to_take(begin: Callable[..., Place]) -> None:
    place = begin("print(1)")
    first = place.mlrun("list", "--json", "-n", "0").data()["runs"]
    assert place.mlrun("reproduce", "@", "--env", "current").status == 0
    again = place.mlrun("list", "--json", "-n", "1").data()["runs"][0]
    assert again["id"] not in {run["id"] for run in first}
    place.mlrun("exec", "--cached", "t.py")
    assert place.mlrun("show", "--json").data()["parent"]["run"] != again["id"]


def test_a_run_around_a_reused_one_is_not_taken_itself(place: Place, begin: Callable[..., Place]) -> None:
    place.write("data/x", "1")
    begin("print(open('data/x').read())")
    line = f'"{sys.executable}" -m runlore exec --cached t.py'
    for _ in range(2):
        assert place.mlrun("exec", "-q", "sh", "-c", line).status == 0
    done = place.mlrun("exec", "--cached", "sh", "-c", line)
    assert "programs ran in it that could not be watched" in done.err


def test_a_shell_script_is_spared_until_the_packages_of_its_interpreter_are_others(place: Place) -> None:
    place.sign("Ann")
    place.write(".gitignore", IGNORED + ".venv/\n")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", ".venv"], cwd=place.folder, check=True)
    place.write("t.py", "print(1)")
    place.write("run.sh", ".venv/bin/python t.py")
    command = ("exec", "--cached", "sh", "run.sh")
    place.mlrun(*command)
    assert "reused" in place.mlrun(*command).err
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    place.write(f".venv/lib/{version}/site-packages/pack-1.dist-info/METADATA", "Name: pack\nVersion: 1\n")
    assert "no earlier run was the same" in refused(place.mlrun(*command))


def test_a_python_that_did_not_report_itself_makes_its_packages_unknown(place: Place) -> None:
    place.sign("Ann")
    place.write("t.py", "print(1)")
    place.write("run.sh", f'PYTHONPATH=lib "{sys.executable}" t.py')
    command = ("exec", "--cached", "sh", "run.sh")
    assert "did not report itself" in place.mlrun(*command).err
    assert "its packages are not on record" in refused(place.mlrun(*command))
