"""`mlrun metrics`."""

import csv
import io
import json
import os
import subprocess
import sys
import time

import pytest
from tests.cli.place import AT, Place

TRAIN = """
import sys, runlore
scale = float(sys.argv[1])
for step in range(100):
    runlore.log(loss=scale / (step + 1), step=step)
    if step % 50 == 0:
        runlore.log({"val/acc": step / 100}, step=step)
runlore.log({"odd\\x1b[31m\\u202e": float("nan")})
"""
ODD = "odd\x1b[31m\u202e"


@pytest.fixture
def trained(place: Place) -> Place:
    """A project with two runs, the newer one with twice the loss."""
    place.write("train.py", TRAIN)
    for scale in ("1", "2"):
        assert place.mlrun("exec", "-q", "train.py", scale).status == 0
    return place


def test_metrics_of_a_run_have_a_row_for_each_step_and_a_column_for_each_metric(trained: Place) -> None:
    result = trained.mlrun("metrics", "@", "-m", "loss", "-m", "val/*", "-n", "0")
    head, first, *rest = result.out.splitlines()
    assert (result.status, result.err) == (0, "")
    assert head.split() == ["step", "loss", "val/acc"]
    assert first.split() == ["0", "2.0", "0.0"]
    assert len(rest) == 99
    assert rest[49].split() == ["50", "0.0392157", "0.5"]
    assert rest[98].split() == ["99", "0.02"]


def test_a_long_table_is_shown_by_rows_that_are_spread_evenly(trained: Place) -> None:
    result = trained.mlrun("metrics", "@", "-m", "loss", "-n", "4")
    assert [row.split()[0] for row in result.out.splitlines()] == ["step", "0", "33", "66", "99"]
    assert result.err == "4 of 100 steps, evenly chosen; -n 0 for all, or --csv\n"
    assert [row.split()[0] for row in trained.mlrun("metrics", "@", "-n", "1").out.splitlines()] == ["step", "99"]


def test_two_runs_stand_side_by_side(trained: Place) -> None:
    head, first = trained.mlrun("metrics", "@", "@~1", "@", "-m", "loss").out.splitlines()[:2]
    ids = [run["id"][:8] for run in trained.mlrun("list", "--json").data()["runs"]]
    assert head.split() == ["step", "loss", ids[0], "loss", ids[1]]
    assert first.split() == ["0", "2.0", "1.0"]


def test_last_is_what_each_came_to(trained: Place) -> None:
    rows = [row.split() for row in trained.mlrun("metrics", "@", "--last", "-m", "[lv]*").out.splitlines()]
    assert rows == [
        ["metric", "last", "min", "max", "count", "step"],
        ["loss", "0.02", "0.02", "2.0", "100", "99"],
        ["val/acc", "0.5", "0.0", "0.5", "2", "50"],
    ]


def test_csv_has_every_point_with_all_digits(trained: Place) -> None:
    rows = list(csv.DictReader(io.StringIO(trained.mlrun("metrics", "@", "--csv").out)))
    assert len(rows) == 103
    assert list(rows[0]) == ["run", "metric", "step", "time", "value"]
    assert [float(row["value"]) for row in rows if row["metric"] == "loss"] == [2 / (step + 1) for step in range(100)]
    assert [row["value"] for row in rows if row["metric"] == ODD] == ["nan"]
    last = list(csv.DictReader(io.StringIO(trained.mlrun("metrics", "@", "--csv", "--last").out)))
    assert last[0]["metric"] == "loss"
    assert last[0]["min"] == "0.02"


def test_json_has_columns_of_steps_times_and_values(trained: Place) -> None:
    (run,) = trained.mlrun("metrics", "@", "--json").data()["runs"]
    loss, odd, _ = run["metrics"]
    assert loss["values"] == [2 / (step + 1) for step in range(100)]
    assert len(loss["steps"]) == len(loss["times"]) == 100
    assert (odd["last"], odd["values"], odd["min"]) == ("nan", ["nan"], None)
    assert "values" not in trained.mlrun("metrics", "@", "--json", "--last").data()["runs"][0]["metrics"][0]


def test_a_name_that_acts_on_a_terminal_is_shown_escaped(trained: Place) -> None:
    for words in (("metrics", "@"), ("metrics", "@", "--last"), ("metrics", "@", "-m", "nope")):
        result = trained.mlrun(*words)
        assert "\x1b" not in result.out + result.err
        assert "\u202e" not in result.out + result.err
        assert "odd\\x1b[31m\\u202e" in result.out + result.err


def test_a_metric_that_no_run_has_is_an_error_that_names_those_there_are(trained: Place) -> None:
    result = trained.mlrun("metrics", "@", "-m", "los", "--json")
    error = json.loads(result.err)["error"]
    assert (result.status, error["code"], error["message"]) == (12, "no-such-metric", 'the run has no metric "los"')
    assert "loss" in error["hint"]
    assert trained.mlrun("metrics", "@", "@~1", "-m", "loss", "-m", "val/loss*").status == 12


def test_a_run_that_logged_nothing_has_no_metrics_which_is_no_error(place: Place) -> None:
    place.record()
    result = place.mlrun("metrics", "@")
    assert (result.status, result.out, result.err) == (0, "", "no metrics\n")
    assert place.mlrun("metrics", "@", "--json").data()["runs"][0]["metrics"] == []
    assert place.mlrun("metrics", "@", "-m", "loss").status == 12


def test_points_that_the_store_does_not_have_are_named(place: Place) -> None:
    place.record(loss=0.5, at=AT)
    result = place.mlrun("metrics", "@")
    assert (result.status, result.out) == (0, "")
    assert result.err == "the store has no points of loss; --last\n"
    assert "0.5" in place.mlrun("metrics", "@", "--last").out


def test_damaged_series_are_an_error(trained: Place) -> None:
    packs = os.path.join(trained.folder, ".mlrun", "packs")
    for name in os.listdir(packs):
        path = os.path.join(packs, name)
        os.chmod(path, 0o644)
        with open(path, "r+b") as file:
            data = bytearray(file.read())
            data[len(data) // 4 : len(data) // 4 * 3] = bytes(len(data) // 4 * 3 - len(data) // 4)
            file.seek(0)
            file.write(data)
    assert trained.mlrun("metrics", "@").status == 13


def test_a_run_that_goes_on_shows_what_it_has_logged_so_far(place: Place) -> None:
    place.write(
        "train.py",
        "import os, time, runlore\nfor step in range(3):\n    runlore.log(loss=1 / (step + 1), step=step)\n"
        "while not os.path.exists('stop'): time.sleep(0.01)\n",
    )
    running = subprocess.Popen(
        [sys.executable, "-m", "runlore", "exec", "-q", "train.py"], cwd=place.folder, env=place.env
    )
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            result = place.mlrun("metrics", "@", "-m", "loss")
            if len(result.out.splitlines()) == 4:
                break
        assert [row.split() for row in result.out.splitlines()[1:]] == [["0", "1.0"], ["1", "0.5"], ["2", "0.333333"]]
        assert place.mlrun("metrics", "@", "--last", "--json").data()["runs"][0]["state"] == "running"
    finally:
        place.write("stop", "")
        running.wait(30)
    assert place.mlrun("metrics", "@", "-m", "loss").out == result.out


def test_follow_prints_each_point_once_while_it_comes_and_ends_with_the_run(place: Place) -> None:
    place.write(
        "train.py",
        "import os, time, runlore\nfor step in range(10000):\n    runlore.log(loss=step / 4, step=step)\n"
        "    if os.path.exists('stop'): break\n    time.sleep(0.01)\n",
    )
    words = [sys.executable, "-m", "runlore"]
    running = subprocess.Popen([*words, "exec", "-q", "train.py"], cwd=place.folder, env=place.env)
    while not place.mlrun("metrics", "@", "-m", "loss").out:
        assert running.poll() is None
    follow = [*words, "metrics", "@", "-m", "loss", "--follow"]
    with subprocess.Popen(follow, cwd=place.folder, env=place.env, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        early = [following.stdout.readline() for _ in range(100)]
        assert running.poll() is None
        place.record(at=time.time_ns() + 3600 * 1_000_000_000)  # from now on "@" is another run
        place.write("stop", "")
        rest = following.stdout.read()
    assert (running.wait(30), following.returncode) == (0, 0)
    rows = list(csv.DictReader(io.StringIO("".join(early) + rest)))
    assert [int(row["step"]) for row in rows] == list(range(len(rows)))
    assert [float(row["value"]) for row in rows] == [step / 4 for step in range(len(rows))]
    whole = place.mlrun("metrics", "@~1", "-m", "loss", "--csv").out
    assert whole == "".join(early) + rest


def test_follow_of_what_has_ended_prints_what_there_is(trained: Place) -> None:
    whole = trained.mlrun("metrics", "@", "@~1", "-m", "loss", "--csv")
    assert trained.mlrun("metrics", "@", "@~1", "-m", "loss", "--follow").out == whole.out
    assert trained.mlrun("metrics", "@", "-m", "nothing", "--follow").status == 12
    assert trained.mlrun("metrics", "@", "--follow", "--json").status == 2
