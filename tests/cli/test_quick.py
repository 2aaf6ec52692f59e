"""The quick reading of an `exec` line never differs from the real one."""

import contextlib
from unittest.mock import patch

import pytest
import typer
from hypothesis import example, given
from hypothesis import strategies as st

from runlore.cli.commands import exec as exec_command
from runlore.cli.here import Here
from runlore.cli.line import ExecLine
from runlore.cli.output import Output
from runlore.cli.quick import exec_line

OPTIONS = sorted({name for param in exec_command.command.params for name in param.opts if name.startswith("-")})
HERE = Here("/", {}, Output({}))
words = st.sampled_from(
    [*OPTIONS, "--", "-", "train.py", "--lr", "0.1", "-nx", "--name=x", "--tag=", "-qn", "--help", "-h", "", "-Z", "é"]
)


def read_by_typer(args: list[str]) -> ExecLine | None:
    """What typer makes of the line, ``None`` for an error or help."""
    read: list[ExecLine] = []

    def note(line: ExecLine, _: Here) -> int:
        read.append(line)
        return 0

    with (
        patch.object(exec_command, "run_line", note),
        contextlib.redirect_stdout(None),
        contextlib.suppress(typer.Exit, typer._click.exceptions.ClickException),
        exec_command.command.make_context("exec", list(args), obj=HERE) as context,
    ):
        exec_command.command.invoke(context)
    return read[0] if read else None


@given(st.lists(words, max_size=7))
@example(["-n", "a", "-t", "x", "-t", "y", "--data=d", "-q", "train.py", "-n", "theirs", "--", "x"])
@example(["--", "-n"])
@example(["-n", "--", "train.py"])
@example(["-q", "-q", "-", "x"])
def test_what_is_read_quickly_is_read_the_same_by_typer(args: list[str]) -> None:
    quick = exec_line(["exec", *args])
    assert quick is None or quick == read_by_typer(args)


@pytest.mark.parametrize(
    "args",
    [
        ["train.py"],
        ["-n", "base", "-e", "ablation", "-m", "why not", "train.py", "--lr", "0.1"],
        ["-q", "-t", "a", "-t", "b", "-d", "data", "-c", "c.yaml", "-o", "out", "--record", "run.json", "x"],
        ["--name=a", "--", "python", "-m", "pkg"],
        ["--deterministic", "-q", "train.py"],
    ],
)
def test_what_people_type_is_read_quickly(args: list[str]) -> None:
    assert exec_line(["exec", *args]) is not None


@pytest.mark.parametrize("args", [[], ["list"], ["-C", "x", "exec", "y"], ["exec"], ["exec", "-n"], ["exec", "--help"]])
def test_what_is_not_sure_is_left_to_typer(args: list[str]) -> None:
    assert exec_line(args) is None
