"""`bisect` over commits and recorded runs of a real project."""

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.why.pair import Pair

_SCRIPT = "import json, helper\npad = {}\nloss = {}\njson.dump({{'loss': loss}}, open('metrics.json', 'w'))\n"
_COMMITS = 12


def _git(pair: Pair, *words: str) -> str:
    done = subprocess.run(("git", *words), cwd=pair.place.folder, env=pair.place.env, check=True, capture_output=True)
    return done.stdout.decode().strip()


def _commit(pair: Pair, number: int, loss: str) -> str:
    pair.place.write("train.py", _SCRIPT.format(number, loss))
    pair.place.write("sub/notes.txt", f"{number}\n")
    _git(pair, "add", "-A")
    _git(pair, "commit", "-q", "-m", f"number {number}")
    return _git(pair, "rev-parse", "HEAD")


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    made = Pair(tmp_path)
    made.place.write(".git/info/exclude", "")
    return made


def _bisect(pair: Pair, *words: str, status: int = 0) -> dict[str, Any]:
    done = pair.place.mlrun("bisect", "a", "b", "--json", *words)
    assert done.status == status, (done.out, done.err)
    found: dict[str, Any] = json.loads(done.out)["data"]
    return found


@pytest.mark.parametrize("guilty", [0, 4, 11])
def test_the_commit_is_found_with_few_runs_and_none_is_run_twice(pair: Pair, guilty: int) -> None:
    pair.place.write("helper.py", "ready = True\n")
    _commit(pair, -1, "1.0")
    pair.exec("a")
    made = [_commit(pair, at, "1.0" if at < guilty else "4.0") for at in range(_COMMITS)]
    pair.exec("b")
    before = {path.name for path in Path(pair.place.folder).iterdir()}
    found = _bisect(pair)
    assert (found["verdict"], found["first"]) == ("found", [made[guilty]])
    assert f"number {guilty}" in found["sentence"]
    assert [step["id"] for step in found["steps"]] == made
    assert found["runs"] <= math.ceil(math.log2(_COMMITS)) + 4
    assert {path.name for path in Path(pair.place.folder).iterdir()} == before
    assert _bisect(pair)["runs"] == 0
    shown = pair.place.mlrun("show", found["steps"][guilty]["runs"][0], "--json").data()
    assert shown["code"]["git"]["commit"] == made[guilty]


def test_commits_that_cannot_run_are_passed_over(pair: Pair) -> None:
    pair.place.write("helper.py", "ready = True\n")
    _commit(pair, -1, "1.0")
    pair.exec("a")
    made = [_commit(pair, at, "nonsense" if 3 <= at <= 5 else "1.0" if at < 7 else "4.0") for at in range(9)]
    pair.exec("b")
    assert _bisect(pair)["first"] == [made[7]]


def test_a_first_that_cannot_run_is_one_of_several(pair: Pair) -> None:
    pair.place.write("helper.py", "ready = True\n")
    _commit(pair, -1, "1.0")
    pair.exec("a")
    made = [_commit(pair, at, "1.0" if at < 2 else "nonsense" if at < 4 else "4.0") for at in range(6)]
    pair.exec("b")
    found = _bisect(pair, status=1)
    assert (found["verdict"], found["first"]) == ("open", made[2:5])


def test_files_that_git_does_not_track_are_there(pair: Pair) -> None:
    pair.place.write(".git/info/exclude", "")
    pair.place.write("train.py", _SCRIPT.format(0, "1.0"))
    _git(pair, "add", "train.py")
    _git(pair, "commit", "-q", "-m", "first")
    pair.place.write("helper.py", "ready = True\n")
    pair.exec("a")
    pair.place.write("train.py", _SCRIPT.format(0, "2.0"))
    _git(pair, "add", "train.py")
    _git(pair, "commit", "-q", "-m", "second")
    pair.exec("b")
    found = _bisect(pair)
    assert found["first"] == [_git(pair, "rev-parse", "HEAD")]


def test_what_is_not_in_the_code_is_no_commit_s_fault(pair: Pair) -> None:
    script = "import json, sys\njson.dump({'loss': float(sys.argv[1])}, open('metrics.json', 'w'))\n"
    pair.place.write("train.py", script)
    _git(pair, "add", "-A")
    _git(pair, "commit", "-q", "-m", "first")
    pair.exec("a", "1")
    pair.place.write("train.py", "\n" + script)
    _git(pair, "commit", "-q", "-am", "second")
    pair.exec("b", "2")
    found = _bisect(pair, status=1)
    assert (found["verdict"], found["first"]) == ("elsewhere", [])


def test_recorded_runs_say_since_when(pair: Pair) -> None:
    pair.place.write(
        "train.py", "import json, sys\njson.dump({'loss': float(sys.argv[1])}, open('metrics.json', 'w'))\n"
    )
    for name, loss in (("a", "1"), ("c", "3"), ("d", "1.1"), ("e", "2.9"), ("f", "3"), ("b", "3")):
        pair.exec(name, loss)
    found = _bisect(pair, "--runs")
    (since,) = found["first"]
    assert pair.place.mlrun("show", since, "--json").data()["name"] == "e"
    assert (found["runs"], len(found["steps"])) == (0, 6)


def test_two_runs_of_one_commit_and_of_none_are_refused(pair: Pair) -> None:
    pair.place.write(
        "train.py", "import json, sys\njson.dump({'loss': float(sys.argv[1])}, open('metrics.json', 'w'))\n"
    )
    pair.exec("a", "1")
    pair.exec("b", "2")
    assert "not made from a commit" in pair.place.mlrun("bisect", "a", "b").err
    _git(pair, "add", "-A")
    _git(pair, "commit", "-q", "-m", "first")
    pair.exec("a", "1")
    pair.exec("b", "2")
    assert "one commit" in pair.place.mlrun("bisect", "a", "b").err
