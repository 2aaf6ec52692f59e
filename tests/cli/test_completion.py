"""`mlrun completion`: the scripts, and what they ask."""

import os
import shutil
import subprocess
import sys

import pytest
from tests.cli.place import Place


def _answers(place: Place, *words: str) -> list[tuple[str, str]]:
    result = place.mlrun("complete", "--", *words)
    assert (result.status, result.err) == (0, "")
    return [(line.split("\t")[0], line.split("\t")[1]) for line in result.out.splitlines()]


def _plain(place: Place, *words: str) -> list[str]:
    return [value for kind, value in _answers(place, *words) if kind == "plain"]


def test_commands_and_options_are_completed(place: Place) -> None:
    assert _plain(place, "s") == ["show", "status", "samples"]
    assert _plain(place, "list", "--l") == ["--limit"]
    assert _plain(place, "--v") == ["--version"]
    assert set(_plain(place, "exec", "--t")) == {"--tag", "--trace", "--timeout"}


def test_runs_are_completed_by_id_tag_and_name(place: Place, runs: list[str]) -> None:
    place.mlrun("tag", "best", "first")
    assert _plain(place, "show", runs[0][:5]) == [runs[0][:8]]
    assert _plain(place, "show", "fir") == ["first"]
    assert _plain(place, "rm", "@", "be") == ["best"]
    assert _plain(place, "-C", place.folder, "show", "fir") == ["first"]


def test_samples_are_asked_of_one_run_or_two(place: Place, runs: list[str]) -> None:
    for before in ((), ("@",)):
        assert _plain(place, "samples", *before, runs[0][:5]) == [runs[0][:8]]
    assert _plain(place, "samples", "@", "--id", "") == []


def test_lineage_is_asked_of_files_and_of_runs(place: Place, runs: list[str]) -> None:
    assert ("file", "") in _answers(place, "lineage", "mod")
    assert _plain(place, "lineage", runs[0][:5]) == [runs[0][:8]]
    assert _plain(place, "lineage", "fir") == ["first"]


@pytest.mark.usefixtures("runs")
def test_completion_offers_what_belongs_there(place: Place) -> None:
    place.mlrun("tag", "best", "first")
    assert _plain(place, "tag", "-d", "b") == ["best"]
    assert _plain(place, "list", "--state", "s") == ["succeeded"]
    assert _plain(place, "exec", "--trace", "a") == ["auto"]
    assert _plain(place, "completion", "") == ["bash", "zsh", "fish"]
    assert _plain(place, "config", "code.f") == ["code.file-limit"]


@pytest.mark.usefixtures("runs")
def test_keys_of_filters_and_columns_are_completed(place: Place) -> None:
    place.record(params={"layers": 2, "two words": 1}, at=1, loss=1.0)
    assert _plain(place, "list", "--sort", "params.l") == ["params.layers", "params.lr"]
    assert _plain(place, "list", "--sort", "-params.l") == ["-params.layers", "-params.lr"]
    assert _plain(place, "list", "--sort=-params.la") == ["-params.layers"]
    assert "-started" in _plain(place, "list", "--sort", "-")
    assert "--csv" in _plain(place, "list", "--sort", "started", "-")
    assert _plain(place, "list", "--where", "inp") == ["input"]
    assert _plain(place, "list", "--columns", "id,params.la") == ["id,params.layers"]
    assert _plain(place, "list", "--group", "exp") == ["experiment"]
    assert _plain(place, "list", "--where", "dirty and (metrics.l") == ["dirty and (metrics.loss"]
    assert _plain(place, "list", "--where", "params.t") == []
    assert _plain(place, "reproduce", "@", "--set", "la") == ["layers="]
    assert _plain(place, "reproduce", "@", "--tolerance", "l") == ["loss"]


def test_the_command_of_exec_is_completed_by_the_shell(place: Place) -> None:
    assert _answers(place, "exec", "") == [("command", "")]
    assert _answers(place, "exec", "-q", "tr") == [("command", "")]
    assert _answers(place, "exec", "--", "tr") == [("command", "")]
    for before in ([], ["-q"], ["--"]):
        for after in (["da"], ["--n"], ["-"], ["--trace", "a"], ["--trace=a"], ["--", "x"], ["-m", "-"]):
            assert _answers(place, "exec", *before, "train.py", *after) == [("file", "")]
    assert _answers(place, "exec", "--data", "x") == [("file", "")]
    assert _answers(place, "-C", "x") == [("dir", "")]


def test_completion_is_silent_where_there_is_no_store(place: Place) -> None:
    assert _plain(place, "tag", "b") == []
    assert _plain(place, "-C", "/nowhere", "show", "b") == []


@pytest.mark.usefixtures("runs")
def test_what_is_offered_cannot_act_on_the_terminal(place: Place) -> None:
    place.record(name="x\x1b[2J\ty")
    assert ("plain", "x\\x1b[2J\\ty") in _answers(place, "show", "x")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_script_is_understood_by_its_shell(place: Place, shell: str) -> None:
    script = place.mlrun("completion", shell).out
    assert "mlrun" in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def _mlrun_on_path(place: Place) -> dict[str, str]:
    path = place.write("bin/mlrun", f'#!/bin/sh\nexec "{sys.executable}" -m runlore "$@"\n')
    os.chmod(path, 0o700)
    return {**place.env, "PATH": f"{os.path.dirname(path)}:{place.env['PATH']}"}


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["mlrun", "sta"], ["status"]),
        (["mlrun", "show", "fir"], ["first"]),
        (["mlrun", "exec", "my sc"], ["my script.py"]),
        (["mlrun", "exec", "x.py", "my sc"], ["my script.py"]),
    ],
)
def test_bash_completes(place: Place, words: list[str], expected: list[str]) -> None:
    place.write("my script.py", "")
    quoted = " ".join(f"'{word}'" for word in words)
    script = (
        'eval "$(mlrun completion bash)"\n'
        f"COMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1}\n"
        "_mlrun mlrun 2>/dev/null\n"
        "printf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    done = subprocess.run(
        ["bash", "-c", script], cwd=place.folder, env=_mlrun_on_path(place), capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == expected, done.stderr


def test_bash_lists_nothing_twice(place: Place) -> None:
    os.mkdir(os.path.join(place.folder, "tr"))
    for folder in ("a", "b"):
        os.chmod(place.write(f"{folder}/true", ""), 0o700)
    env = _mlrun_on_path(place)
    env["PATH"] += f":{place.folder}/a:{place.folder}/b"
    script = (
        'eval "$(mlrun completion bash)"\nCOMP_WORDS=(mlrun exec tr) COMP_CWORD=2\n'
        "_mlrun mlrun 2>/dev/null\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    done = subprocess.run(
        ["bash", "-c", script], cwd=place.folder, env=env, capture_output=True, text=True, check=False
    )
    offered = done.stdout.splitlines()
    assert {"tr", "true"} <= set(offered)
    assert len(offered) == len(set(offered)), offered


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
@pytest.mark.usefixtures("runs")
def test_fish_completes(place: Place) -> None:
    asked = ("mlrun sta", "mlrun show fir", "mlrun exec tr")
    script = "mlrun completion fish | source; " + "; ".join(f'complete -C "{words}"' for words in asked)
    place.write("train.py", "")
    env = _mlrun_on_path(place)
    done = subprocess.run(
        ["fish", "-c", script], cwd=place.folder, env=env, capture_output=True, text=True, check=False
    )
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["status", "first", "train.py"], done.stderr
