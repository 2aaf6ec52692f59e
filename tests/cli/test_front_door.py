"""What stands before the command, and what happens when it cannot be understood."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys

import pytest
from tests.cli.place import Place

from runlore.cli.verbs import ALIASES, VERBS
from runlore.version import __version__


def test_the_version_is_one_line(place: Place) -> None:
    assert place.mlrun("--version").out == f"mlrun {__version__}\n"
    assert place.mlrun("-C", place.folder, "--version").out == f"mlrun {__version__}\n"


def test_mlrun_alone_shows_help_on_standard_error_and_is_a_usage_error(place: Place) -> None:
    result = place.mlrun()
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("Usage: mlrun [OPTIONS] COMMAND")


def test_help_lists_every_command(place: Place) -> None:
    result = place.mlrun("--help")
    assert (result.status, result.err) == (0, "")
    for name, line in VERBS.items():
        assert re.search(rf"^  {name} +{re.escape(line)}$", result.out, re.MULTILINE)


@pytest.mark.parametrize("name", [*VERBS, *ALIASES])
def test_help_of_a_command_has_examples_and_exit_statuses_within_80_columns(place: Place, name: str) -> None:
    result = place.mlrun(name, "--help", env={"COLUMNS": "80"})
    assert (result.status, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0].startswith(f"Usage: mlrun {name}")
    assert lines[2].strip() == VERBS[ALIASES.get(name, name)]
    assert "  Examples:" in lines
    assert "  Exit status:" in lines
    assert max(map(len, lines)) <= 80
    assert result.out == place.mlrun(name, "-h", env={"COLUMNS": "80"}).out


def test_a_mistyped_command_is_answered_with_the_one_that_was_meant(place: Place) -> None:
    result = place.mlrun("exce", "train.py")
    assert result.status == 2
    assert result.err == 'error: there is no command "exce"\n\nhint: did you mean exec\n'


@pytest.mark.parametrize("word", ["train.py", "./run.sh", "data.bin", "python3", "my train.py"])
def test_something_to_run_in_place_of_a_command_is_answered_with_exec(place: Place, word: str) -> None:
    place.write("data.bin", "")
    result = place.mlrun(word, "--lr", "1")
    assert result.status == 2
    assert result.err.endswith(f"hint: mlrun exec {shlex.quote(word)} runs and records it\n")


def test_something_unlike_any_command_is_answered_with_the_help(place: Place) -> None:
    assert place.mlrun("xyzzy").err.endswith("hint: mlrun --help lists the commands\n")


def test_a_mistyped_option_is_answered_with_the_one_that_was_meant(place: Place) -> None:
    result = place.mlrun("list", "--limt", "3")
    assert (result.status, result.out) == (2, "")
    assert result.err == 'error: there is no option "--limt"\n\nhint: did you mean --limit\n'


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["exec"], "COMMAND is missing"),
        (["completion"], "SHELL is missing"),
        (["rm"], "RUN is missing"),
        (["list", "two", "words"], 'nothing is expected at "two"'),
        (["list", "-n"], "-n needs a value"),
        (["list", "--json=1"], "--json takes no value"),
        (["list", "-z"], 'there is no option "-z"'),
        (["tag", "-d"], "which tag?"),
        (["tag", "-d", "a", "b"], "-d takes a TAG and no RUN"),
        (["note", "@", "a", "-m", "b"], "the text is given twice"),
        (["config", "--unset"], "--unset needs a KEY"),
        (["show", "--log", "--patch"], "choose one of --patch, --log and --json"),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong_with_it(place: Place, args: list[str], said: str) -> None:
    result = place.mlrun(*args)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(f"error: {said}")
    assert result.err.endswith(f"\n\nhint: mlrun {args[0]} --help shows how it is used\n")
    assert len(result.err.splitlines()) == 3


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["list", "-n", "x"], '--limit cannot be "x"\n\nhint: write a whole number; 0 for all'),
        (["list", "-n", "-1"], '--limit cannot be "-1"\n\nhint: write a whole number; 0 for all'),
        (["completion", "tcsh"], 'SHELL cannot be "tcsh"\n\nhint: choose one of bash, zsh, fish'),
        (
            ["list", "--state", "zork"],
            '--state cannot be "zork"\n\nhint: choose one of running, succeeded, failed, killed, crashed, reused',
        ),
        (
            ["exec", "--trace", "zork", "x.py"],
            '--trace cannot be "zork"\n\nhint: choose one of auto, native, strace, python, off',
        ),
        (["exec", "--timeout", "0", "x.py"], '--timeout cannot be "0"\n\nhint: write 90, 90s, 10m or 2h'),
        (["-x", "list"], 'there is no option "-x"\n\nhint: mlrun --help shows how it is used'),
        (["-C"], "-C needs a value\n\nhint: mlrun --help shows how it is used"),
        (["-C", "/"], "missing command\n\nhint: mlrun --help shows how it is used"),
        (["show", "--lo"], 'there is no option "--lo"\n\nhint: did you mean --log'),
    ],
)
def test_a_value_that_cannot_be_is_answered_with_those_that_can(place: Place, args: list[str], said: str) -> None:
    result = place.mlrun(*args)
    assert (result.status, result.out, result.err) == (2, "", f"error: {said}\n")


@pytest.mark.parametrize(
    "args", [["list", "--json", "--bad"], ["list", "--bad", "--json"], ["exec", "-n", "x", "--json", "a"]]
)
def test_with_json_a_usage_error_is_one_object_on_standard_error(place: Place, args: list[str]) -> None:
    result = place.mlrun(*args)
    assert (result.status, result.out) == (2, "")
    error = json.loads(result.err)
    assert error["schema"] == "error/1"
    assert error["error"]["code"] == "usage"
    assert error["error"]["message"].startswith("there is no option")


def test_the_json_of_the_users_own_command_is_not_ours(place: Place) -> None:
    result = place.mlrun("exec", "--bad", "train.py", "--json")
    assert result.err.startswith('error: there is no option "--bad"')


def test_exec_has_no_json_and_says_what_there_is_instead(place: Place) -> None:
    hint = json.loads(place.mlrun("exec", "--json", "a").err)["error"]["hint"]
    assert hint == "--record FILE writes the finished run as JSON"


def test_with_json_an_error_of_a_command_is_one_object_with_its_own_exit_status(place: Place) -> None:
    result = place.mlrun("list", "--json")
    assert (result.status, result.out) == (10, "")
    assert json.loads(result.err)["error"]["code"] == "no-store"


def test_dash_c_works_as_if_started_there_and_adds_up(place: Place, runs: list[str]) -> None:
    parent, name = os.path.split(place.folder)
    result = place.mlrun("-C", "..", "-C", name, "list", "--json", cwd=place.folder)
    assert [run["id"] for run in result.data()["runs"]] == runs
    assert place.mlrun("-C", name, "list", "--json", cwd=parent).data() == result.data()


def test_dash_c_into_a_folder_that_is_not_there_is_refused(place: Place) -> None:
    result = place.mlrun("-C", "nowhere", "list")
    assert result.status == 2
    assert 'there is no folder "nowhere"' in result.err


def test_a_working_folder_that_was_removed_is_an_error_and_no_bug(place: Place) -> None:
    os.mkdir(gone := os.path.join(place.folder, "gone"))
    script = f'cd "{gone}" && rmdir "{gone}" && exec "{sys.executable}" -P -m runlore list'
    done = subprocess.run(["sh", "-c", script], env=place.env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the working folder no longer exists")


@pytest.mark.parametrize("words", ["--help", "exec --help", "--version", "completion bash", "-C / tag --help"])
def test_help_and_all_else_that_needs_no_folder_works_in_one_that_was_removed(place: Place, words: str) -> None:
    os.mkdir(gone := os.path.join(place.folder, "gone"))
    script = f'cd "{gone}" && rmdir "{gone}" && exec "{sys.executable}" -P -m runlore {words}'
    done = subprocess.run(["sh", "-c", script], env=place.env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_another_folder_can_be_named_from_one_that_was_removed(place: Place, runs: list[str]) -> None:
    os.mkdir(gone := os.path.join(place.folder, "gone"))
    script = f'cd "{gone}" && rmdir "{gone}" && exec "{sys.executable}" -P -m runlore -C "{place.folder}" list'
    done = subprocess.run(["sh", "-c", script], env=place.env, capture_output=True, text=True, check=False)
    assert runs[0][:8] in done.stdout


def test_hostile_words_cannot_act_on_the_terminal(place: Place) -> None:
    assert place.mlrun("\x1b[2J\u202e").err.startswith('error: there is no command "\\x1b[2J\\u202e"\n')


def test_words_that_are_not_utf_8_are_shown_even_in_an_ascii_world(place: Place) -> None:
    result = place.mlrun(b"caf\xe9", env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"})
    assert result.status == 2
    assert 'no command "caf\\xe9"' in result.err


def test_a_bug_of_ours_becomes_a_report_without_arguments_or_environment(
    place: Place, tmp_path: os.PathLike[str]
) -> None:
    place.write(
        "sitecustomize.py",
        "import runlore.cli.here as h\ndef f():\n    raise ValueError('hunter2secret')\nh.working_folder = f\n",
    )
    env = {"PYTHONPATH": place.folder, "TMPDIR": os.fspath(tmp_path), "API_KEY": "abcdef123"}  # mlrun: made-up
    result = place.mlrun("note", "@", "-m", "hunter2secret", "--json", env=env)
    assert (result.status, result.out) == (3, "")
    error = json.loads(result.err)["error"]
    assert error["code"] == "bug"
    path = re.search(r'"(.*mlrun-crash-.*\.txt)"', error["hint"])
    assert path is not None
    assert path[1].startswith(os.path.join(place.env["HOME"], ".local", "state", "runlore", "crashes"))
    assert os.stat(path[1]).st_mode & 0o077 == 0
    with open(path[1], encoding="utf-8") as file:
        report = file.read()
    assert f"mlrun {__version__}, Python 3." in report
    assert "command: mlrun note -m --json" in report
    assert "ValueError: <argument>" in report
    assert "hunter2secret" not in report
    assert "abcdef123" not in report
    assert place.env["HOME"] not in report


def test_a_report_lies_among_temporary_files_where_the_home_folder_cannot_be_written(
    place: Place, tmp_path: os.PathLike[str]
) -> None:
    place.write("sitecustomize.py", "import runlore.cli.here as h\nh.working_folder = None\n")
    env = {"PYTHONPATH": place.folder, "TMPDIR": os.fspath(tmp_path), "HOME": "/dev/null", "XDG_STATE_HOME": ""}
    error = place.mlrun("list", "--json", env=env).err
    assert f"{os.fspath(tmp_path)}/mlrun-crash-" in json.loads(error)["error"]["hint"]


def test_a_report_has_no_secret_that_an_exception_quotes(place: Place) -> None:
    secret = "AKIA" + "QYLPMN5HFIQR7XYA"  # mlrun: made-up
    place.write(
        "sitecustomize.py",
        f"import runlore.cli.here as h\ndef f():\n    raise ValueError('token {secret}')\nh.working_folder = f\n",
    )
    hint = json.loads(place.mlrun("list", "--json", env={"PYTHONPATH": place.folder}).err)["error"]["hint"]
    path = re.search(r'"(.*mlrun-crash-.*\.txt)"', hint)
    assert path is not None
    with open(path[1], encoding="utf-8") as file:
        report = file.read()
    assert secret not in report
    assert "ValueError: token <secret:" in report


def test_a_bug_in_exec_has_the_status_of_a_command_that_was_not_started(
    place: Place, tmp_path: os.PathLike[str]
) -> None:
    place.write("sitecustomize.py", "import runlore.cli.here as h\nh.working_folder = None\n")
    env = {"PYTHONPATH": place.folder, "TMPDIR": os.fspath(tmp_path)}
    assert place.mlrun("exec", "true", env=env).status == 125


def test_ctrl_c_is_status_130_and_silence(place: Place) -> None:
    place.write(
        "sitecustomize.py",
        "import os, signal, runlore.cli.here as h\n"
        "def f():\n    os.kill(os.getpid(), signal.SIGINT)\n    signal.pause()\n"
        "h.working_folder = f\n",
    )
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
    result = place.mlrun("list", env={"PYTHONPATH": place.folder})
    assert (result.status, result.out, result.err) == (130, "", "")


@pytest.mark.parametrize("variable", ["PYTHONPATH", None])
def test_modules_of_the_project_are_never_taken_for_those_we_need(place: Place, variable: str | None) -> None:
    for name in ("json.py", "typer.py", "xxhash.py", "sqlite3.py"):
        place.write(name, "raise SystemExit('taken')\n")
    place.write("train.py", "print('ok')\n")
    env = {variable: place.folder} if variable else {}
    done = place.mlrun("exec", "-q", "train.py", env=env)
    assert (done.status, done.out, done.err) == (0, "ok\n", "")
    assert place.mlrun("list", "--json", env=env).status == 0
