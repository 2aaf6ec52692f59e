"""`mlrun samples`."""

import csv
import io
import json
import os
from typing import Any

import pytest
from tests.cli.place import Place

pytest.importorskip("duckdb")

TRAIN = """
import random, sys, runlore
worse = sys.argv[1] == "worse"
chance = random.Random(1)
ids = list(range(2000))
site = [chance.choice(["north", "south", "e\\x1b[31m\\u202e"]) for _ in ids]
target = [chance.choice("ab") for _ in ids]
dice = [chance.random() for _ in ids]
odds = [(0.6 if s == "north" else 0.02) if worse else 0.1 for s in site]
said = [("b" if t == "a" else "a") if d < o else t for t, d, o in zip(target, dice, odds)]
for at in range(0, 2000, 500):
    part = slice(at, at + 500)
    runlore.samples(ids[part], target=target[part], prediction=said[part], split="test",
                    **{"site": site[part], "od\\x1b[31md": site[part]})
"""
ODD = "\x1b[31m"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A project with two runs, the newer of which is worse in the north and better elsewhere."""
    folder = tmp_path_factory.mktemp("samples")
    for name in ("project", "home"):
        (folder / name).mkdir()
    place = Place(os.fspath(folder / "project"), os.fspath(folder / "home"))
    place.write("train.py", TRAIN)
    for name in ("better", "worse"):
        assert place.mlrun("exec", "-q", "-n", name, "train.py", name).status == 0
    return place


def data(place: Place, *words: str) -> Any:  # noqa: ANN401 - any JSON
    done = place.mlrun("samples", *words, "--json")
    assert done.status == 0, done.err
    return done.data()


def test_the_page_shows_the_slice_and_the_worst(trained: Place) -> None:
    done = trained.mlrun("samples", "worse")
    assert (done.status, done.err) == (0, "")
    assert "site = north" in done.out
    assert "Worst samples\n" in done.out
    assert "Taken for\n" in done.out
    assert ODD not in done.out
    assert "Calibration" not in done.out


def test_between_two_it_shows_what_got_worse(trained: Place) -> None:
    done = trained.mlrun("samples", "better", "worse")
    assert (done.status, done.err) == (0, "")
    assert "Slices that got worse\n" in done.out
    assert "site = north" in done.out
    assert "McNemar's exact test" in done.out
    assert "worse:" in done.out


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["better", "worse", "--exit-code"], 1),
        (["worse", "better", "--exit-code"], 1),  # those elsewhere
        (["better", "better", "--exit-code"], 0),
        (["better", "worse"], 0),
        (["better", "worse", "--exit-code", "--most-loss", "0.9"], 0),
        (["better", "worse", "--exit-code", "--most-loss", "0.2"], 1),
        (["better", "worse", "--exit-code", "--most-loss", "0.2", "--least-slice", "1999"], 0),
        (["better", "worse", "--exit-code", "--json"], 1),
    ],
)
def test_the_exit_status_is_the_answer_where_it_is_asked_for(trained: Place, words: list[str], status: int) -> None:
    assert trained.mlrun("samples", *words).status == status


def test_the_limit_names_the_slice_that_lost_most(trained: Place) -> None:
    done = trained.mlrun("samples", "better", "worse", "--most-loss", "0.2")
    assert "Limit\n  no slice of 20 samples or more may lose more than +20 points: not kept\n" in done.out
    gate = data(trained, "better", "worse", "--most-loss", "0.2")["gate"]
    assert gate["worst"]["change"] > 0.2
    assert not gate["passed"]


def test_csv_has_a_row_for_each_sample_with_all_its_columns(trained: Place) -> None:
    rows = list(csv.DictReader(io.StringIO(trained.mlrun("samples", "worse", "-n", "5", "--csv").out)))
    assert len(rows) == 5
    assert {"id", "split", "error", "sample.site", "sample.target", f"sample.od{ODD}d"} <= rows[0].keys()
    both = list(csv.DictReader(io.StringIO(trained.mlrun("samples", "better", "worse", "--csv").out)))
    assert both[0]["prediction_a"] != both[0]["prediction_b"]
    assert trained.mlrun("samples", "worse", "-n", "0", "--csv").out.count("\n") == 1


def test_files_are_recognised_by_name_or_named(place: Place) -> None:
    table = "id,label,pred,kind\n1,a,a,x\n2,a,b,y\n"
    place.write("t.py", f"import os; os.makedirs('out/deep'); open('out/deep/predictions.csv', 'w').write({table!r})")
    assert place.mlrun("exec", "-q", "-n", "one", "t.py").status == 0
    found = data(place, "one")
    assert (found["run"]["source"], found["run"]["path"]) == ("file", "out/deep/predictions.csv")
    assert [each["id"] for each in found["worst"]] == ["2"]
    source = f"for n in 'ab': open(f'{{n}}_scores.csv', 'w').write({table!r})\nopen('notes.txt', 'w').write('x')"
    place.write("u.py", source)
    assert place.mlrun("exec", "-q", "-n", "two", "u.py").status == 0
    assert place.mlrun("samples", "two").status == 12
    assert data(place, "two", "--file", "a_scores.csv")["rows"] == 2
    assert place.mlrun("config", "samples.files", "a_scores.csv, b_scores.csv").status == 0
    several = place.mlrun("samples", "two", "--json")
    assert (several.status, json.loads(several.err)["error"]["code"]) == (12, "no-samples")
    assert "a_scores.csv" in several.err
    assert place.mlrun("config", "samples.files", "a_scores.csv").status == 0
    assert data(place, "two")["run"]["path"] == "a_scores.csv"
    assert place.mlrun("samples", "two", "--file", "notes.txt").status == 12
    assert place.mlrun("config", "samples.files", "../x.csv").status == 16


def test_a_named_file_of_predictions_needs_no_other_word(place: Place) -> None:
    place.write("t.py", 'open(\'s.jsonl\', \'w\').write(\'{"id": 1, "loss": 2.5}\\n{"id": 2, "loss": NaN}\\n\')')
    assert place.mlrun("exec", "-q", "--samples", "s.jsonl", "t.py").status == 0
    assert place.mlrun("samples", "@").status in {0, 12}  # NaN is no JSON
    place.write("t.py", 'open(\'s.jsonl\', \'w\').write(\'{"id": 1, "loss": 2.5}\\n{"id": 2, "loss": null}\\n\')')
    assert place.mlrun("exec", "-q", "--samples", "s.jsonl", "t.py").status == 0
    done = place.mlrun("samples", "@")
    assert (done.status, "note: 1 sample without" in done.err) == (0, True)


def test_a_file_that_is_no_table_is_said_to_be_none(place: Place) -> None:
    place.write("t.py", "open('predictions.parquet', 'wb').write(b'PAR1 or not')")
    assert place.mlrun("exec", "-q", "t.py").status == 0
    done = place.mlrun("samples", "@")
    assert (done.status, done.err.count("Traceback")) == (12, 0)
    assert "predictions.parquet" in done.err


def test_batches_kept_without_duckdb_are_looked_at_with_it(place: Place) -> None:
    place.write("train.py", TRAIN)
    place.write("away/sitecustomize.py", "import sys; sys.modules['duckdb'] = None\n")
    without = {"PYTHONPATH": f"{place.folder}/away"}
    assert place.mlrun("exec", "-q", "-n", "plain", "train.py", "worse", env=without).status == 0
    refused = place.mlrun("samples", "plain", env=without)
    assert (refused.status, "pip install 'runlore[samples]'" in refused.err) == (2, True)
    assert place.mlrun("exec", "-q", "-n", "packed", "train.py", "worse").status == 0
    plain, packed = data(place, "plain"), data(place, "packed")
    assert (plain["run"].pop("format"), packed["run"].pop("format")) == ("jsonl.gz", "parquet")
    assert {**plain, "run": None} == {**packed, "run": None}


def test_damage_is_said(place: Place) -> None:
    place.write("train.py", TRAIN)
    assert place.mlrun("exec", "-q", "train.py", "worse").status == 0
    for base, _, names in os.walk(f"{place.folder}/.mlrun/packs"):
        for name in names:
            path = os.path.join(base, name)
            os.chmod(path, 0o600)
            with open(path, "r+b") as file:
                spoilt = file.read().replace(b"PAR1", b"PAR2")
                file.seek(0)
                file.write(spoilt)
    done = place.mlrun("samples", "@")
    assert (done.status, "Traceback" in done.err) == (13, False)


def test_nothing_is_left_in_the_store_and_a_store_that_cannot_be_written_is_read(trained: Place) -> None:
    before = sorted(os.listdir(f"{trained.folder}/.mlrun"))
    assert data(trained, "worse")["rows"] == 2000
    assert os.listdir(f"{trained.folder}/.mlrun/tmp") == []
    assert sorted(os.listdir(f"{trained.folder}/.mlrun")) == before


@pytest.mark.parametrize(
    "words",
    [
        ["@", "--depth", "4"],
        ["@", "--depth", "x"],
        ["@", "--least-slice", "1"],
        ["@", "-n", "-1"],
        ["@", "-n", "1000000"],
        ["@", "@", "--most-loss", "-1"],
        ["@", "@", "--most-loss", "nan"],
        ["@", "--csv", "--json"],
        ["@", "--most-loss", "0.1"],
        ["@", "--prediction", "none"],
    ],
)
def test_what_cannot_be_meant_is_refused(trained: Place, words: list[str]) -> None:
    assert trained.mlrun("samples", *words).status == 2
