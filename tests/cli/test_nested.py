"""A run inside a run: each record says what is true of it."""

import sys
from typing import Any

import pytest
from tests.cli.place import Place

_EXEC = (sys.executable, "-m", "runlore", "exec", "-q", "--trace")
Run = dict[str, Any]


@pytest.fixture
def project(place: Place) -> Place:
    place.write("in.csv", "1")
    place.write("train.py", "open('out.bin', 'w').write(open('in.csv').read())")
    return place


def both(place: Place, outer: str, inner: str, *before: str) -> tuple[Run, Run]:
    """The records of the outer run and of the one inside it, after two times, so that the output is there before."""
    for _ in range(2):
        done = place.mlrun("exec", "-q", "--trace", outer, *before, *_EXEC, inner, "train.py")
        if "cannot be used" in done.err:
            pytest.skip(done.err)
        assert done.status == 0, done.err
    runs = place.mlrun("list", "--json").data()["runs"][:2]
    found = [place.mlrun("show", each["id"], "--json").data() for each in runs]
    inside, around = sorted(found, key=lambda run: len(run["command"]["argv"]))
    return around, inside


def files(run: Run) -> tuple[list[str], list[str]]:
    return [each["path"] for each in run["inputs"]], [each["path"] for each in run["outputs"]]


def unobserved(run: Run) -> list[str]:
    return [each["message"] for each in run["warnings"] if each["code"] == "unobserved"]


@pytest.mark.parametrize("outer", ["native", "python"])
@pytest.mark.parametrize("inner", ["native", "python"])
def test_the_inner_run_has_what_it_touched_and_the_outer_one_says_where_that_is(
    project: Place, outer: str, inner: str
) -> None:
    around, inside = both(project, outer, inner)
    assert files(inside) == (["in.csv"], ["out.bin"])
    assert unobserved(inside) == []
    assert files(around) == ([], [])
    assert unobserved(around) == [f"what its own mlrun exec ran is on record there, and not here: {inside['id'][:12]}"]


def test_what_the_inner_run_does_not_watch_the_outer_one_does(project: Place) -> None:
    around, inside = both(project, "native", "off")
    assert files(inside) == ([], [])
    assert files(around) == (["in.csv"], ["out.bin"])
    assert unobserved(around) == []


def test_what_is_done_before_the_inner_run_in_the_same_process_is_of_the_outer_one(project: Place) -> None:
    project.write("first.csv", "2")
    shell = ("sh", "-c", 'read x <first.csv; exec "$@"', "sh")
    around, inside = both(project, "native", "native", *shell)
    assert files(around) == (["first.csv"], [])
    assert files(inside) == (["in.csv"], ["out.bin"])


def test_what_a_process_tells_of_inner_runs_is_not_believed_beyond_its_form(project: Place) -> None:
    lies = [
        {"run": "a" * 64, "rung": "native", "began": 0, "pids": []},
        {"run": "../x", "rung": "native", "began": 0, "pids": [1]},
        {"run": "a" * 64, "rung": 1, "began": 0, "pids": [1]},
        {"run": "a" * 64, "rung": "native", "began": "0", "pids": [1]},
        {"run": "a" * 64, "rung": "native", "began": 0, "pids": ["1"]},
    ]
    write = f"""
import os
from runlore.store import journal
for lie in {lies!r}: journal.append(os.environ["RUNLORE_JOURNAL"], {{"kind": "nested", **lie}})
"""
    project.write("lie.py", write)
    assert project.mlrun("exec", "lie.py").status == 0
    assert unobserved(project.mlrun("show", "--json").data()) == []
