"""The same run with something changed: the change is made where the value stands, and is on record."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.reproduction.small import Small, said

from runlore.execute.environment.uv import find_uv

YAML = "# the rate\ntrain:\n  lr: 0.1  # small\n  steps: 3\n"
TOML = '[train]\nlr = 0.1\nsteps = 3\nname = "a"\n'
JSON = '{"train": {"lr": 0.1, "steps": 3}}\n'


def parameters(small: Small, found: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = small.place.mlrun("show", found["rerun"], "--json").data()
    assert shown["parent"]["kind"] == "retrains"
    return {name: each["value"] if isinstance(each, dict) else each for name, each in shown["params"].items()}


def printed(small: Small, found: dict[str, Any]) -> str:
    return small.place.mlrun("show", found["rerun"], "--log").out


def test_a_parameter_on_the_command_line_is_set(small: Small) -> None:
    small.train('echo "$@"', "--lr", "0.1", "--steps=3")
    found = small.reproduce("--set", "lr=0.5", "--set", "steps=4", status=1)
    assert printed(small, found) == "--lr 0.5 --steps=4\n"
    assert parameters(small, found) == {"lr": 0.5, "steps": 4}
    assert "lr is 0.5 and was 0.1" in found["first_divergence"]["causes"]


def test_an_override_as_hydra_takes_it_is_set(small: Small) -> None:
    small.train('echo "$@"', "train.lr=0.1", "model=small")
    assert printed(small, small.reproduce("--set", "train.lr=0.5", status=1)) == "train.lr=0.5 model=small\n"


@pytest.mark.parametrize(("name", "text"), [("c.yaml", YAML), ("c.toml", TOML), ("c.json", JSON)])
def test_a_parameter_in_a_config_file_is_set_and_nothing_else(small: Small, name: str, text: str) -> None:
    small.write(name, text)
    small.train(f"cat {name}", "--config", name)
    found = small.reproduce("--set", "train.lr=0.5", status=1)
    assert printed(small, found) == text.replace("0.1", "0.5")
    assert parameters(small, found)["train.lr"] == 0.5


def test_a_parameter_that_there_is_not_is_a_wrong_command_line(small: Small) -> None:
    small.train('echo "$@"', "--lr", "0.1")
    done = small.refused("--set", "rate=0.5", status=2)
    assert "rate" in done.err
    assert printed(small, small.reproduce("--", "--rate", "0.5", status=1)) == "--lr 0.1 --rate 0.5\n"


@pytest.mark.parametrize("place", ["data/x.txt", "local/x.txt", "{folder}/far/x.txt"])
def test_other_data_stands_in_for_what_is_tracked_ignored_or_outside(small: Small, place: str) -> None:
    small.place.sign("Ann")
    path = place.format(folder=small.folder)
    small.write(".gitignore", "local/\n")
    small.write(path, "first\n")
    small.write("new.txt", "second\n")
    small.train('cat "$1" > out.txt', path)
    found = small.reproduce("--data", f"{path}=new.txt", status=1)
    assert found["verdict"] == "different"
    assert Path(small.top, "out.txt").read_text() == "first\n"
    got = small.place.mlrun("get", f"{found['rerun']}:out.txt", "-o", "-")
    assert got.out == "second\n", got.err
    missing = small.refused("--data", "nothing.txt=new.txt", status=2)
    assert "nothing.txt" in missing.err


def test_the_code_of_another_run_or_of_the_worktree_is_run(small: Small) -> None:
    small.train("echo one > out.txt")
    first = small.place.mlrun("show", "--json").data()["id"]
    small.train("echo two > out.txt")
    assert small.reproduce("@", "--code", first, status=1)["verdict"] == "different"
    small.write("train.sh", "echo three > out.txt")
    found = small.reproduce(first, "--code", "worktree", status=1)
    assert small.place.mlrun("get", f"{found['rerun']}:out.txt", "-o", "-").out == "three\n"
    assert ("different", "another tree of files") in said(found, "code")


def test_a_folder_that_was_asked_for_stays_and_one_that_is_not_empty_is_refused(small: Small) -> None:
    small.train("echo made > out.txt")
    kept = small.folder / "kept"
    assert small.reproduce("--into", os.fspath(kept))["folder"] == os.fspath(kept)
    assert sorted(os.listdir(kept)) == ["out.txt", "train.sh"]
    assert "is not an empty folder" in small.refused("--into", os.fspath(kept), status=17).err
    (small.folder / "empty").mkdir()
    assert small.reproduce("@~1", "--into", os.fspath(small.folder / "empty"))["verdict"] == "identical"
    small.refused("@", "--into", os.fspath(small.folder / "new"), "--set", "x=1", status=2)
    assert not (small.folder / "new").exists()


def test_a_reproduction_can_be_reproduced(small: Small) -> None:
    small.write("../near.txt", "near\n")
    small.train("cat ../near.txt > out.txt")
    first = small.reproduce()
    again = small.reproduce(first["rerun"])
    assert (again["run"], again["verdict"]) == (first["rerun"], "identical")


@pytest.mark.parametrize(
    ("tolerance", "verdict", "status"),
    [
        (("0.2",), "within-tolerance", 0),
        (("loss=0.2",), "within-tolerance", 0),
        (("*=0.2",), "within-tolerance", 0),
        (("other=0.2",), "different", 1),
        (("loss=1e-9",), "different", 1),
        (("noise",), "different", 1),
        (("loss=some",), None, 2),
        (("-1",), None, 2),
    ],
)
def test_a_metric_may_be_as_far_apart_as_is_allowed(
    small: Small, tolerance: tuple[str, ...], verdict: str | None, status: int
) -> None:
    small.train('n=$(cat $HOME/n || echo 100); echo $((n + 10)) > $HOME/n; echo "{\\"loss\\": $n}" > metrics.json')
    words = [word for each in tolerance for word in ("--tolerance", each)]
    done = small.refused(*words, status=status)
    assert verdict is None or done.data()["verdict"] == verdict


def test_what_runs_of_one_fingerprint_differ_by_is_the_noise(small: Small) -> None:
    script = 'mkdir -p $HOME/d/$$; n=$(ls $HOME/d | wc -l); echo "{\\"loss\\": $((n + 100))}" > metrics.json'
    small.place.sign("Ann")
    small.write(".gitignore", "metrics.json\n")
    for _ in range(4):
        small.train(script)
    found = small.reproduce("--tolerance", "noise")
    assert found["verdict"] == "within-tolerance", found


def test_a_command_that_takes_too_long_is_ended(small: Small) -> None:
    small.train("test -e $HOME/once && exec sleep 60; echo > $HOME/once; echo done")
    found = small.reproduce("--timeout", "0.5s", status=128 + 15)
    assert (found["verdict"], found["signal"]) == ("failed", 15)


def test_standard_output_has_the_verdict_alone(small: Small) -> None:
    small.train("echo from the command; echo and an error >&2")
    done = small.place.mlrun("reproduce", "@", "--json")
    assert done.data()["verdict"] in {"identical", "equal-metrics"}  # which of two streams comes first is chance
    assert done.out.count("\n") == 1
    assert "from the command\n" in done.err
    assert "and an error\n" in done.err
    quiet = small.place.mlrun("reproduce", "@", "-q")
    assert (quiet.out, quiet.err) == ("identical\n", "and an error\n")


def test_lines_of_two_streams_may_come_in_another_order(small: Small) -> None:
    one, two = "echo trained", "echo warned >&2"
    other = f"test -e {small.folder}/home/swap && {{ {two}; sleep 0.3; {one}; exit; }}"
    small.train(f"{other}; {one}; sleep 0.3; {two}")
    (small.folder / "home/swap").touch()
    found = small.reproduce()
    assert found["verdict"] == "identical"
    assert said(found, "log") == [("equal", "the same lines in another order")]


def test_an_output_that_names_the_folder_it_was_made_in_is_equal(small: Small) -> None:
    small.train('echo "data: $PWD/data" > config.yaml; echo "$PWD" > where')
    found = small.reproduce()
    assert found["verdict"] == "equal-metrics"
    assert {status for status, _ in said(found, "outputs")} == {"equal"}
    small.train('echo "data: $PWD/data $(date +%N)" > config.yaml')
    assert small.reproduce(status=1)["verdict"] == "different"


@pytest.mark.parametrize("inside", [True, False])
def test_what_was_read_as_standard_input_is_read_so_again(small: Small, inside: bool) -> None:
    path = small.write("numbers.txt" if inside else f"{small.folder}/far/numbers.txt", "3\n1\n2\n")
    with path.open("rb") as file:
        small.start("exec", "--", "sort", stdin=file).wait()
    path.write_text("9\n")
    found = small.reproduce()
    assert found["verdict"] == "identical"
    assert said(found, "inputs")[-1] == ("identical", "1 file")


def test_what_is_left_in_a_folder_for_temporary_files_decides_nothing(small: Small) -> None:
    small.train("mktemp /tmp/mlrun-test.XXXXXXXXXX > /dev/null; echo made > out.txt")
    try:
        found = small.reproduce()
        assert found["verdict"] == "identical"
        assert ("not-comparable", "1 file") not in said(found, "outputs")
    finally:
        for path in Path("/tmp").glob("mlrun-test.*"):  # noqa: S108 - what mktemp has made there
            path.unlink()


def test_a_project_of_uv_is_repeated_with_uv(small: Small) -> None:
    uv = find_uv()
    if uv is None:
        pytest.skip("uv cannot run here")
    python = 'requires-python = ">=3.11"'
    small.write("pyproject.toml", f'[project]\nname = "p"\nversion = "0.1"\n{python}\ndependencies = []\n')
    small.write(".gitignore", ".venv/\nuv.lock\n")
    small.place.sign("Ann")
    del small.place.env["UV_CACHE_DIR"]  # as it is with everybody: a cache at home is no output
    small.write("train.py", "open('out.txt', 'w').write('1')\n")
    small.exec(uv, "run", "--offline", "--no-managed-python", "python", "train.py")
    (run,) = [each["id"] for each in small.place.mlrun("list", "--json").data()["runs"]]
    shutil.rmtree(small.top / ".venv")
    assert small.reproduce(run)["verdict"] == "identical"


def test_a_variable_that_is_no_longer_set_is_named(small: Small) -> None:
    small.write("train.sh", 'echo "${WHERE:-nowhere}"')
    assert small.place.mlrun("exec", "sh", "train.sh", env={"WHERE": "here", "HOW": "so"}).status == 0
    found = small.reproduce(status=1)
    assert "variables set then and not now: HOW, WHERE" in found["first_divergence"]["causes"]


def test_the_environment_of_today_can_be_used(small: Small) -> None:
    small.write("train.py", "import sys; print(sys.prefix != sys.base_prefix)")
    small.exec("python", "train.py")
    found = small.reproduce("--env", "current")
    assert found["verdict"] == "identical"
    assert "--env cannot be" in small.refused("--env", "other", status=2).err


def test_a_folder_that_the_run_made_is_made_by_it_again_and_one_that_was_there_is_there(small: Small) -> None:
    small.write(".mlrunignore", "out/\nthere/\n")
    (small.top / "there").mkdir()
    small.train("mkdir out out/deep; echo 1 > out/deep/a; echo 2 > there/b")
    found = small.reproduce()
    assert (found["verdict"], said(found, "outputs")) == ("identical", [("identical", "2 files")])
