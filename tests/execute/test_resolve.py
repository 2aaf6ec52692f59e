"""Which program a command line names: as a shell finds it, or the project's own interpreter."""

import os
import pathlib
import subprocess

import pytest

from runlore.errors import CommandNotFoundError, CommandNotRunnableError
from runlore.execute.resolve import Resolved, python_of, resolve


class Place:
    """A project with a PATH of its own."""

    def __init__(self, top: pathlib.Path) -> None:
        self.top = top
        self.cwd = top / "project"
        self.environ = {"PATH": f"{top}/bin:{top}/more"}
        for name in ("project", "bin", "more"):
            (top / name).mkdir()

    def program(self, path: str, mode: int = 0o755) -> str:
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("#!/bin/sh\n")
        file.chmod(mode)
        return str(file)

    def resolve(self, *argv: str) -> Resolved:
        return resolve(argv, cwd=str(self.cwd), top=str(self.top), environ=self.environ)


@pytest.fixture
def place(tmp_path: pathlib.Path) -> Place:
    return Place(tmp_path)


def same(found: str, expected: str) -> bool:
    return os.path.normpath(found) == os.path.normpath(expected)


def test_a_command_is_the_first_on_path(place: Place) -> None:
    first = place.program("bin/train")
    place.program("more/train")
    assert place.resolve("train", "-x", "") == Resolved((first, "-x", ""), None)


def test_what_is_not_executable_or_a_folder_is_passed_over(place: Place) -> None:
    place.program("bin/train", 0o644)
    place.program("bin/tune/x")
    last = [place.program("more/train"), place.program("more/tune")]
    assert [place.resolve(name).argv[0] for name in ("train", "tune")] == last


def test_the_working_folder_is_not_searched_unless_path_says_so(place: Place) -> None:
    here = place.program("project/train")
    with pytest.raises(CommandNotFoundError, match='no command "train"') as error:
        place.resolve("train")
    assert error.value.hint == "mlrun exec ./train"
    for path in (
        "",
        ":",
        f"{place.top}/bin:",
        f":{place.top}/bin",
        f"{place.top}/bin::{place.top}/more",
        ".",
        "../project",
    ):
        place.environ["PATH"] = path
        assert same(place.resolve("train").argv[0], here)


def test_a_path_relative_to_the_working_folder(place: Place) -> None:
    place.environ["PATH"] = "../bin"
    program = place.program("bin/train")
    assert same(place.resolve("train").argv[0], program)


@pytest.mark.parametrize("written", ["./sub/go", "sub/go", "../project/sub/go"])
def test_a_command_with_a_slash_is_a_path(place: Place, written: str) -> None:
    program = place.program("project/sub/go")
    place.program("bin/sub/go")
    assert same(place.resolve(written).argv[0], program)
    assert place.resolve(program).argv == (program,)


def test_without_a_path_the_systems_own_is_searched(place: Place) -> None:
    place.environ = {}
    assert place.resolve("sh").argv[0] in {"/bin/sh", "/usr/bin/sh"}


@pytest.mark.parametrize("command", ["none", "./none", "/no/such/program", "", "a\nb", "nul\0l"])
def test_what_is_not_there_is_127(place: Place, command: str) -> None:
    with pytest.raises(CommandNotFoundError) as error:
        place.resolve(command)
    assert error.value.exit_code == 127


def test_what_cannot_be_executed_is_126(place: Place) -> None:
    plain = place.program("bin/plain", 0o644)
    (place.cwd / "folder").mkdir()
    for command, hint in (("plain", f"chmod +x {plain}"), (plain, f"chmod +x {plain}"), ("./folder", None)):
        with pytest.raises(CommandNotRunnableError) as error:
            place.resolve(command)
        assert (error.value.exit_code, error.value.hint) == (126, hint)


def test_a_dangling_link_is_not_there(place: Place) -> None:
    os.symlink("nowhere", place.cwd / "link")
    with pytest.raises(CommandNotFoundError):
        place.resolve("./link")


def test_a_script_runs_with_the_active_environment_before_the_projects_own_before_path(place: Place) -> None:
    (place.cwd / "train.py").write_text("")
    pythons = [place.program(f"{folder}/bin/python") for folder in ("active", "conda", ".venv")]
    pythons += [place.program("more/python3"), place.program("bin/python")]
    place.environ |= {"VIRTUAL_ENV": f"{place.top}/active", "CONDA_PREFIX": f"{place.top}/conda"}
    for python in pythons:
        assert place.resolve("train.py", "--lr", "1") == Resolved((python, "train.py", "--lr", "1"), python)
        assert python_of(str(place.top), place.environ, cwd=str(place.cwd)) == python
        os.unlink(python)
    with pytest.raises(CommandNotFoundError, match="no Python") as error:
        place.resolve("train.py")
    assert error.value.hint is not None
    assert "train.py" in error.value.hint


def test_an_interpreter_that_is_a_link_stays_one(place: Place) -> None:
    (place.cwd / "train.py").write_text("")
    real = place.program("real/python")
    (place.top / ".venv/bin").mkdir(parents=True)
    os.symlink(real, place.top / ".venv/bin/python")
    assert place.resolve("train.py").interpreter == f"{place.top}/.venv/bin/python"


@pytest.mark.parametrize("name", ["a b.py", "caf\u00e9.py", os.fsdecode(b"caf\xe9.py"), "sub/x.py", "./x.py", "-x.py"])
def test_a_script_may_have_any_name(place: Place, name: str) -> None:
    python = place.program("bin/python3")
    (place.cwd / "sub").mkdir()
    (place.cwd / name).write_text("")
    assert place.resolve(name).argv == (python, name)
    assert place.resolve(str(place.cwd / name)).argv == (python, str(place.cwd / name))


def test_a_script_need_not_be_executable_and_one_that_is_runs_with_python_all_the_same(place: Place) -> None:
    python = place.program("bin/python3")
    for mode in (0o644, 0o755):
        place.program("project/train.py", mode)
        assert place.resolve("train.py").argv[0] == python


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("trian.py", "did you mean train.py or other.py"),
        ("sub/evl.py", "did you mean sub/eval.py"),
        ("zzzz.py", "did you mean other.py or train.py"),
        ("none/x.py", 'there is no folder "none" here'),
        ("empty/x.py", "there are no scripts in that folder"),
    ],
)
def test_a_script_that_is_not_there_is_127_and_others_are_named(place: Place, written: str, hint: str) -> None:
    for name in ("train.py", "other.py", "sub/eval.py"):
        place.program(f"project/{name}")
    (place.cwd / "empty").mkdir()
    with pytest.raises(CommandNotFoundError, match="no script") as error:
        place.resolve(written)
    assert (error.value.exit_code, error.value.hint) == (127, hint)


def test_a_script_that_is_a_folder_is_126(place: Place) -> None:
    (place.cwd / "package.py").mkdir()
    with pytest.raises(CommandNotRunnableError, match="is a folder"):
        place.resolve("package.py")


def test_what_is_found_is_what_a_shell_finds(place: Place) -> None:
    for name in ("bin/a", "more/a", "more/b", "project/c"):
        place.program(name)
    place.program("bin/b", 0o644)
    for name in ("a", "b"):
        shell = subprocess.run(
            ("/bin/sh", "-c", f"command -v {name}"), cwd=place.cwd, env=place.environ, capture_output=True, check=True
        )
        assert place.resolve(name).argv[0] == shell.stdout.decode().strip()
