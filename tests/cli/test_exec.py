"""`mlrun exec`: what is asked for, what is said, what is left behind."""

import json
import os
import re
import sys

import pytest
from tests.cli.place import Place
from tests.cli.terminal import on_terminal

TRAIN = "import sys\nprint('out', *sys.argv[1:])\nprint('err', file=sys.stderr)\nopen('model.bin', 'w').write('x')\n"


@pytest.fixture
def project(place: Place) -> Place:
    place.write("train.py", TRAIN)
    return place


def test_exec_runs_and_says_one_line_before_and_one_after_on_standard_error(project: Place) -> None:
    result = project.mlrun("exec", "-o", "model.bin", "train.py", "--lr", "0.1")
    assert (result.status, result.out) == (0, "out --lr 0.1\n")
    before, own, after = result.err.splitlines()
    run = project.mlrun("show", "--json").data()["id"][:8]
    assert re.fullmatch(rf"mlrun: {run}  no git  1 file, \d+ B", before)
    assert own == "err"
    assert re.fullmatch(rf"mlrun: {run} succeeded in [\d.]+ m?s  1 output", after)


def test_exec_is_quiet_if_asked(project: Place) -> None:
    result = project.mlrun("exec", "-q", "train.py")
    assert (result.status, result.out, result.err) == (0, "out\n", "err\n")
    assert len(project.mlrun("list", "--json").data()["runs"]) == 1


def test_exec_passes_every_option_on(project: Place) -> None:
    project.write("data.csv", "1,2\n")
    project.write("conf.yaml", "depth: 3\n")
    options = (
        "-q -n base -e abl -m why -t best -t paper -d data.csv -c conf.yaml -o model.bin --trace off --timeout 90s"
    )
    assert project.mlrun("exec", *options.split(), "train.py").status == 0
    run = project.mlrun("show", "best", "--json").data()
    assert (run["name"], run["experiment"], run["message"]) == ("base", "abl", "why")
    assert sorted(run["tags"]) == ["best", "paper"]
    assert [each["path"] for each in run["inputs"]] == ["data.csv"]
    assert [each["path"] for each in run["config"]] == ["conf.yaml"]
    assert run["params"]["depth"] == 3
    assert [each["path"] for each in run["outputs"]] == ["model.bin"]


@pytest.mark.parametrize(
    "words", [["train.py", "--help", "-n", "x", "--", "-q"], ["--", "train.py", "--help", "-n", "x", "--", "-q"]]
)
def test_options_end_at_the_command(project: Place, words: list[str]) -> None:
    result = project.mlrun("exec", "-q", *words)
    assert (result.status, result.out) == (0, "out --help -n x -- -q\n")


@pytest.mark.parametrize(("command", "status"), [("exit 3", 3), ("exit 130", 130), ("kill -TERM $$", 143)])
def test_exec_ends_as_its_command_did(project: Place, command: str, status: int) -> None:
    result = project.mlrun("exec", "sh", "-c", command)
    assert result.status == status
    assert f"failed with exit status {status}" in result.err or "killed by SIGTERM" in result.err


def test_a_command_that_does_not_exist_is_127(project: Place) -> None:
    result = project.mlrun("exec", "no-such-program")
    assert result.status == 127
    assert result.err.startswith("error: ")


def test_a_timeout_ends_the_command(project: Place) -> None:
    result = project.mlrun("exec", "--timeout", "0.2s", "sleep", "30")
    assert result.status not in (0, 125)
    assert project.mlrun("show", "--json").data()["state"] != "succeeded"


def test_the_finished_run_is_written_where_record_says(project: Place) -> None:
    result = project.mlrun("exec", "--record", "run.json", "sh", "-c", "exit 3")
    assert result.status == 3
    with open(os.path.join(project.folder, "run.json"), encoding="ascii") as file:
        recorded = json.load(file)
    assert recorded == json.loads(project.mlrun("show", "--json").out)
    assert sorted(os.listdir(project.folder)) == [".mlrun", "run.json", "train.py"]


@pytest.mark.parametrize("path", ["-", "nowhere/run.json", "."])
def test_record_is_refused_before_anything_runs(project: Place, path: str) -> None:
    result = project.mlrun("exec", "--record", path, "train.py")
    assert (result.status, result.out) == (2, "")
    assert "--record" in result.err
    assert os.listdir(project.folder) == ["train.py"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_record_that_cannot_be_written_is_said_and_changes_nothing_else(project: Place) -> None:
    os.mkdir(closed := os.path.join(project.folder, "closed"), 0o500)
    result = project.mlrun("exec", "-q", "--record", f"{closed}/run.json", "train.py")
    assert (result.status, result.out) == (0, "out\n")
    assert "mlrun: warning: cannot write" in result.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--trace", "magic"], '--trace cannot be "magic"'),
        (["--on", "slurm"], '--on "slurm" is not available yet'),
        (["--on", "mars"], '--on cannot be "mars"'),
        (["--timeout", "soon"], '--timeout cannot be "soon"'),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_runs(project: Place, options: list[str], said: str) -> None:
    result = project.mlrun("exec", *options, "train.py")
    assert (result.status, result.out) == (2, "")
    assert said in result.err
    assert os.listdir(project.folder) == ["train.py"]


def test_caches_are_left_out_without_a_word_and_status_tells_of_them(project: Place) -> None:
    for name in ("__pycache__/x.pyc", ".pytest_cache/v", ".ipynb_checkpoints/a.ipynb", ".DS_Store"):
        project.write(name, "x")
    assert "left out" not in project.mlrun("exec", "train.py").err
    project.write("env/pyvenv.cfg", "x")
    said = project.mlrun("exec", "train.py").err.splitlines()[1]
    assert said == "mlrun: left out: env: 1 file, 1 B (virtual environment)"
    left_out = {each["path"] for each in project.mlrun("status", "--json").data()["left_out"]}
    assert left_out == {"__pycache__", ".pytest_cache", ".ipynb_checkpoints", ".DS_Store", "env"}


def test_exec_works_from_another_folder(project: Place) -> None:
    parent, name = os.path.split(project.folder)
    result = project.mlrun("-C", name, "exec", "-q", "--record", "run.json", "train.py", cwd=parent)
    assert (result.status, result.out) == (0, "out\n")
    assert os.path.exists(os.path.join(project.folder, "run.json"))


def test_the_lines_are_dim_on_a_terminal_and_the_commands_own_output_is_untouched(project: Place) -> None:
    shown = on_terminal(project, "exec", "train.py")
    assert "\x1b[2mmlrun: \x1b[0m" in shown
    assert "\nout\n" in shown
    assert "\x1b" not in on_terminal(project, "exec", "train.py", env={"NO_COLOR": "1"})


def test_what_is_not_kept_is_said(project: Place) -> None:
    os.mkfifo(os.path.join(project.folder, "pipe"))
    result = project.mlrun("exec", "train.py")
    assert result.status == 0
    assert "pipe" in result.err


def test_a_hostile_name_cannot_act_on_the_terminal(project: Place) -> None:
    result = project.mlrun("exec", "-t", "x\x1b[2J", "train.py")
    assert "\x1b" not in result.err


def test_a_run_is_not_recorded_in_a_home_folder_unasked(project: Place) -> None:
    result = project.mlrun("exec", "true", env={"HOME": project.folder})
    assert result.status == 125
    assert "mlrun init" in result.err


def test_the_program_is_found_under_both_names(project: Place) -> None:
    for name in ("mlrun", "runlore"):
        script = os.path.join(os.path.dirname(sys.executable), name)
        if not os.path.exists(script):
            pytest.skip(f"{name} is not installed beside the interpreter")
        assert project.mlrun("exec", "-q", script, "--version").out.startswith("mlrun ")


def test_a_program_sees_itself_by_the_name_that_was_typed(place: Place) -> None:
    done = place.mlrun("exec", "-q", "--trace", "python", "ls", "nowhere")  # strace starts programs by their path
    assert (done.status, done.err.partition(":")[0]) == (2, "ls")
