"""A store of each format that was ever released can be read, and reading it changes nothing but its cache."""

import hashlib
import json
import os
from pathlib import Path

import pytest
from tests.cli.place import Place
from tests.compat.stores import ARCHIVES, unpack
from tests.present.schemas import validator

from runlore.store.layout import VERSION

_STATES = {
    "crashed": "crashed",
    None: "succeeded",  # the repetition of "dirty"
    "bytes": "succeeded",
    "folder": "succeeded",
    "killed": "killed",
    "failed": "failed",
    "dirty": "succeeded",
    "nogit": "succeeded",
}
"""What the runs of the archive are called and how they ended, the newest first."""


@pytest.fixture(params=ARCHIVES, ids=os.path.basename)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return unpack(request.param, tmp_path)


def contents(place: Place) -> dict[str, str]:
    """Every file of the store but those of its cache, and what is in it."""
    found = {}
    for folder, names, files in os.walk(os.path.join(place.folder, ".mlrun")):
        names[:] = [name for name in names if name != "cache"]
        found[folder] = ""
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                found[os.path.join(folder, name)] = hashlib.sha256(file.read()).hexdigest()
    return found


def test_there_is_an_archive_of_every_format_and_each_is_small() -> None:
    names = [f"format-{version}.tar.xz" for version in range(1, VERSION + 1)]
    assert [os.path.basename(path) for path in ARCHIVES] == names
    assert all(os.path.getsize(path) < 200 << 10 for path in ARCHIVES)


def test_the_runs_are_listed_with_how_they_ended(old: Place) -> None:
    listed = old.mlrun("list", "--json").data()
    assert {run["name"]: run["state"] for run in listed["runs"]} == _STATES
    assert (listed["total"], listed["damaged"]) == (len(_STATES), [])
    found = old.mlrun("list", "--json", "--where", "metrics.loss < 0.7 and params.lr > 0.1 and dirty").data()
    assert [run["name"] for run in found["runs"]] == [None, "dirty"]


def test_what_is_known_of_a_run_is_shown(old: Place) -> None:
    run = old.mlrun("show", "best", "--json").data()
    assert (run["name"], run["experiment"], run["message"], run["tags"]) == ("dirty", "first", "why not", ["best"])
    assert [note["text"] for note in run["notes"]] == ["caf\xe9: worth a second look"]
    assert (run["code"]["git"]["dirty"], run["code"]["git"]["modified"]) == (True, ["train.py"])
    assert run["params"] == {"lr": 0.2}
    assert run["metrics"]["loss"] == {"last": 0.625, "min": 0.625, "max": 1.0, "count": 4, "step": 3}
    assert [ref["path"] for ref in run["inputs"]] == ["data/rows.csv"]
    assert [ref["path"] for ref in run["outputs"]] == ["model.bin", "report.txt"]
    assert old.mlrun("show", "nogit", "--json").data()["code"]["git"] is None
    assert old.mlrun("show", "failed", "--json").data()["exit_code"] == 3
    assert old.mlrun("show", "killed", "--json").data()["signal"] == 9
    assert old.mlrun("show", "best", "--log").out == "trained 0.2\n"
    assert "+# not committed" in old.mlrun("show", "best", "--patch").out


def test_series_are_read(old: Place) -> None:
    table = old.mlrun("metrics", "best", "--json").data()["runs"][0]["metrics"]
    assert [(each["name"], each["values"]) for each in table] == [
        ("loss", [1.0, 1 / 1.2, 1 / 1.4, 0.625]),
        ("score", [0.0, 1.0, "nan", 3.0]),
    ]


def test_two_runs_are_compared(old: Place) -> None:
    parts = old.mlrun("diff", "nogit", "dirty", "--json").data()
    assert not parts["identical"]
    page = old.mlrun("diff", "nogit", "dirty", "--patch").out
    assert "lr           0.1 -> 0.2" in page
    assert "+# not committed" in page
    assert "model.bin  different" in page


def test_lineage_leads_from_a_file_to_what_it_was_made_from(old: Place) -> None:
    page = old.mlrun("lineage", "best:model.bin").out
    assert "input data/rows.csv" in page
    assert "train.py --lr=0.2" in page


def test_the_store_is_sound(old: Place) -> None:
    report = old.mlrun("fsck", "--json").data()
    assert report["sound"]
    assert [each["code"] for each in report["findings"]] == ["run-unsealed"]


def test_code_data_and_outputs_are_rebuilt(old: Place, tmp_path: Path) -> None:
    assert old.mlrun("checkout", "best", os.fspath(tmp_path / "again")).status == 0
    assert (tmp_path / "again" / "train.py").read_text().endswith("# not committed\n")
    assert (tmp_path / "again" / "data" / "rows.csv").read_text() == "a,b\n1,2\n3,4\n"
    assert old.mlrun("get", "best:model.bin", "-o", os.fspath(tmp_path / "model")).status == 0
    assert (tmp_path / "model").read_bytes() == bytes(range(256)) * 512 + b"0.2"
    assert old.mlrun("checkout", "nogit", os.fspath(tmp_path / "first"), "--outputs").status == 0
    assert (tmp_path / "first" / "model.bin").read_bytes() == bytes(range(256)) * 512 + b"0.1"
    assert old.mlrun("get", "nogit:report.txt", "-o", "-").out == "3 rows\n"


def test_what_was_removed_is_known(old: Place) -> None:
    assert "removed are" in old.mlrun("rm", "--undo", "nobody").err


def test_reading_changes_nothing_but_the_cache(old: Place, tmp_path: Path) -> None:
    before = contents(old)
    for line in (
        "list",
        "show best",
        "show crashed",
        "diff nogit dirty",
        "metrics best",
        "plot best",
        "lineage best",
        "fsck",
        "tag",
        "note best",
        f"checkout best {tmp_path}/again",
        "reproduce --check best",
    ):
        done = old.mlrun(*line.split(), "--json")
        document = json.loads(done.out)
        validator(document["schema"].removesuffix("/1")).validate(document)
        assert contents(old) == before, line


def test_a_new_run_completes_the_one_that_crashed(old: Place) -> None:
    assert old.mlrun("exec", "-q", "--", "true").status == 0
    assert old.mlrun("show", "crashed", "--json").data()["state"] == "crashed"
    assert old.mlrun("fsck", "--json").data()["findings"] == []
