"""Results that are longer than memory should be: written as they are read, into whatever reads them."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from tests.cli.place import AT, SECOND, Place

POINTS = 60_000
"""More than a pipe holds, in any of the forms."""
LONG = (("metrics", "@", "--json"), ("metrics", "@", "--csv"), ("metrics", "@", "-n", "0"))


@pytest.fixture
def long(place: Place) -> Place:
    """A project with a run that logged many points."""
    place.write(
        "train.py", f"import runlore\nfor step in range({POINTS}):\n    runlore.log(loss=step / 7, step=step)\n"
    )
    assert place.mlrun("exec", "-q", "train.py").status == 0
    return place


def _start(place: Place, *words: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "runlore", *words]
    return subprocess.Popen(
        command, cwd=place.folder, env=place.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )


def test_a_long_series_is_whole_in_every_form(long: Place) -> None:
    (run,) = long.mlrun("metrics", "@", "--json").data()["runs"]
    (loss,) = run["metrics"]
    assert loss["values"] == [step / 7 for step in range(POINTS)]
    assert loss["steps"] == list(range(POINTS))
    assert len(loss["times"]) == loss["count"] == POINTS
    rows = list(csv.reader(io.StringIO(long.mlrun("metrics", "@", "--csv").out)))
    assert [float(row[4]) for row in rows[1:]] == loss["values"]
    table = [row.split() for row in long.mlrun("metrics", "@", "-n", "0").out.splitlines()]
    assert [int(row[0]) for row in table[1:]] == loss["steps"]
    assert all(len(row) == 2 for row in table)


@pytest.mark.parametrize("words", LONG)
def test_a_reader_that_has_had_enough_is_no_error(long: Place, words: tuple[str, ...]) -> None:
    with _start(long, *words) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(100)
        process.stdout.close()
        assert process.wait(30) == 0
        assert process.stderr.read() == b""


@pytest.mark.parametrize("words", LONG)
def test_ctrl_c_in_the_middle_ends_it(long: Place, words: tuple[str, ...]) -> None:
    with _start(long, *words) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(100)  # the rest waits for somebody to read it
        process.send_signal(signal.SIGINT)
        assert process.wait(30) in (130, -signal.SIGINT)
        assert b"Traceback" not in process.stderr.read()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A store with more runs than are ever in memory together, every second one in an experiment."""
    place = Place(os.fspath(tmp_path_factory.mktemp("many")), os.fspath(tmp_path_factory.mktemp("home")))
    for number in range(520):
        place.record(at=AT + number * SECOND, experiment="odd" if number % 2 else None, loss=number / 7)
    return place


def test_a_long_list_is_whole_in_every_form(many: Place) -> None:
    found = many.mlrun("list", "-n", "0", "--json").data()
    ids = [run["id"] for run in found["runs"]]
    assert (len(set(ids)), found["total"]) == (520, 520)
    losses = [run["metrics"]["loss"]["last"] for run in found["runs"]]
    assert losses == sorted(losses, reverse=True)
    rows = list(csv.DictReader(io.StringIO(many.mlrun("list", "-n", "0", "--csv").out)))
    assert [row["id"] for row in rows] == ids
    assert [float(row["metrics.loss"]) for row in rows] == losses
    table = many.mlrun("list", "-n", "0").out.splitlines()[1:]
    assert [row.split()[0] for row in table] == [run[:8] for run in ids]
    chosen = many.mlrun("list", "-n", "510", "--columns", "metrics.loss,id", "--sort", "metrics.loss")
    assert [row.split()[1] for row in chosen.out.splitlines()[1:]] == [run[:8] for run in ids[::-1][:510]]
    assert chosen.err == "510 of 520 runs; -n 0 for all\n"


def test_a_long_list_is_grouped_as_a_short_one_is(many: Place) -> None:
    rows = many.mlrun("list", "-n", "0", "--group", "experiment", "--columns", "metrics.loss").out.splitlines()[1:]
    assert [row.split()[0] for row in rows[:260]] == ["odd"] * 260
    assert [len(row.split()) for row in rows[260:]] == [1] * 260


def test_who_reads_a_long_list_slowly_keeps_nobody_from_recording(many: Place) -> None:
    with _start(many, "list", "-n", "0", "--json") as process:
        assert process.stdout is not None
        beginning = process.stdout.read(100)
        started = time.monotonic()
        many.record(at=AT - SECOND)
        assert many.mlrun("list", "-n", "1").status == 0
        assert time.monotonic() - started < 15  # a database that is locked is waited for longer
        rest = process.stdout.read()
        while piece := process.stdout.read():
            rest += piece
        assert process.wait(30) == 0
    assert len(json.loads(beginning + rest)["data"]["runs"]) == 520
