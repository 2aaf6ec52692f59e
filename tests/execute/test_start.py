"""How a command is started, and what is said if it cannot be."""

import os
import pathlib
import subprocess
import sys

import pytest
from tests.execute.supervised import Lab

from runlore.errors import CommandNotFoundError, CommandNotRunnableError
from runlore.execute.supervise import Outcome, supervise


def run_here(tmp_path: pathlib.Path, *argv: str, cwd: str | None = None) -> Outcome:
    return supervise(argv, cwd=cwd or str(tmp_path), env=os.environ, log_path=str(tmp_path / "log"), run_id="here")


def test_the_program_may_be_called_by_another_name(lab: Lab) -> None:
    assert lab.run("/bin/sh", "-c", "echo $0", options={"name": "called"}).stdout == b"called\n"


def test_arguments_and_variables_need_not_be_utf_8(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODD", os.fsdecode(b"\xff\xfe"))
    result = lab.run("/bin/sh", "-c", 'printf "%s|%s" "$ODD" "$1"', "sh", os.fsdecode(b"\xf0\x28"))
    assert result.stdout == b"\xff\xfe|\xf0\x28"


def executable(path: pathlib.Path, content: bytes) -> str:
    path.write_bytes(content)
    path.chmod(0o755)
    return str(path)


def test_a_script_without_a_first_line_runs_as_in_a_shell(lab: Lab) -> None:
    program = executable(lab.folder / "script", b"echo $1 $0; exit 6\n")
    result = lab.run(program, "a b")
    assert (result.returncode, result.stdout) == (6, f"a b {program}\n".encode())


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (b"\x7fELF\0garbage", CommandNotRunnableError, "exec format error"),
        (b"#!/no/such/interpreter\n", CommandNotFoundError, "no such file"),
    ],
)
def test_what_cannot_be_executed_is_said(
    tmp_path: pathlib.Path, content: bytes, error: type[CommandNotFoundError], said: str
) -> None:
    program = executable(tmp_path / "program", content)
    with pytest.raises(error, match=said) as caught:
        run_here(tmp_path, program)
    assert bool(caught.value.hint) == (error is CommandNotFoundError)


def test_what_is_no_program_at_all_is_said(tmp_path: pathlib.Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("x")
    for path in (plain, tmp_path):
        with pytest.raises(CommandNotRunnableError, match="permission denied"):
            run_here(tmp_path, str(path))
    with pytest.raises(CommandNotFoundError):
        run_here(tmp_path, f"{tmp_path}/none")
    with pytest.raises(CommandNotRunnableError, match="null byte"):
        run_here(tmp_path, "/bin/echo", "a\0b")
    with pytest.raises(CommandNotRunnableError, match="argument list too long"):
        run_here(tmp_path, "/bin/echo", "a" * (1 << 20))


def test_a_folder_that_has_vanished_is_said(tmp_path: pathlib.Path) -> None:
    with pytest.raises(CommandNotRunnableError, match=r'cannot enter ".*gone"'):
        run_here(tmp_path, "/bin/true", cwd=str(tmp_path / "gone"))


def test_without_descriptors_it_is_said(lab: Lab) -> None:
    result = subprocess.run(
        ("/bin/sh", "-c", 'ulimit -n 5; exec "$@"', "sh", *lab.line("/bin/true")),
        stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert b"StartError" in result.stderr
    assert b"too many open files" in result.stderr.lower()


def test_an_interpreter_behind_a_virtual_environment_is_found_by_its_path(lab: Lab) -> None:
    result = lab.run(sys.executable, "-c", "import sys; print(sys.executable)")
    assert os.path.realpath(result.stdout.decode().strip()) == os.path.realpath(sys.executable)
