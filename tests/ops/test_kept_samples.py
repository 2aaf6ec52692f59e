"""Samples that a script tells of are part of its run, like its metrics."""

import gzip
import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from tests.cli.place import Place
from tests.present.schemas import validator

from runlore.ops.project import open_store

_SCRIPT = """
import runlore, sys
for at in range(3):
    runlore.samples([f"s{at}", f"t{at}"], target=[0, 1], prediction=[0, at % 2], loss=[0.5, float("nan")], split="test")
"""
_WITHOUT = "import sys; sys.modules['duckdb'] = None\n"


def shown(place: Place) -> dict[str, Any]:
    document = json.loads(place.mlrun("show", "--json").out)
    validator("run").validate(document)
    return dict(document["data"])


def blob(place: Place, oid: str) -> bytes:
    with open_store(place.folder) as store:
        return store.objects.blob(bytes.fromhex(oid))


def run(place: Place, script: str = _SCRIPT, *words: str, env: Mapping[str, str] | None = None) -> dict[str, Any]:
    place.write("t.py", script)
    done = place.mlrun("exec", *words, "--", sys.executable, "t.py", env=env)
    assert done.status == 0, done.err
    return shown(place)


def test_they_are_kept_as_parquet(place: Place) -> None:
    pytest.importorskip("duckdb")
    found = run(place)["samples"]
    assert (found["rows"], found["format"], found["splits"]) == (6, "parquet", ["test"])
    assert [each["name"] for each in found["columns"]] == ["id", "target", "prediction", "loss"]
    data = blob(place, found["oid"])
    assert (data[:4], len(data)) == (b"PAR1", found["size"])
    assert place.mlrun("fsck").status == 0
    assert "\nSamples\n  rows     6 in test\n  columns  id, target, prediction, loss\n" in place.mlrun("show").out
    assert os.listdir(f"{place.folder}/.mlrun/tmp") == []


def test_without_duckdb_they_are_kept_as_they_were_told(place: Place) -> None:
    place.write("away/sitecustomize.py", _WITHOUT)
    found = run(place, env={"PYTHONPATH": f"{place.folder}/away"})["samples"]
    assert (found["rows"], found["format"]) == (6, "jsonl.gz")
    lines = gzip.decompress(blob(place, found["oid"])).splitlines()
    assert json.loads(lines[0])["columns"]["id"] == ["s0", "t0"]
    assert place.mlrun("fsck").status == 0


def test_a_run_that_told_of_none_has_none(place: Place) -> None:
    assert "samples" not in run(place, "import runlore\nrunlore.log(loss=1)")
    assert "Samples" not in place.mlrun("show").out


def test_samples_that_are_gone_are_missed_by_fsck_and_garbage_collection_leaves_them(place: Place) -> None:
    found = run(place)["samples"]
    assert place.mlrun("gc").status == 0
    assert blob(place, found["oid"])
    for folder in ("packs", "objects"):
        for base, _, names in os.walk(f"{place.folder}/.mlrun/{folder}"):
            for name in names:
                path = os.path.join(base, name)
                os.chmod(path, 0o600)
                with open(path, "r+b") as file:
                    data = file.read().replace(b"PAR1", b"xxxx").replace(b"\x1f\x8b\x08", b"xxx")
                    file.seek(0)
                    file.write(data)
    assert place.mlrun("fsck").status == 1


def test_they_go_with_the_run_to_a_remote_and_back(place: Place) -> None:
    found = run(place)["samples"]
    assert place.mlrun("remote", "add", "share", "../share").status == 0
    assert place.mlrun("push").status == 0
    other = Place(f"{place.folder}/../other", place.env["HOME"])
    assert place.mlrun("clone", "../share", "../other").status == 0
    if importlib.util.find_spec("duckdb"):
        early = other.mlrun("samples", "@")
        assert (early.status, "mlrun pull" in early.err) == (14, True)
    assert other.mlrun("pull", "@").status == 0
    assert shown(other)["samples"] == found
    assert blob(other, found["oid"]) == blob(place, found["oid"])


def test_a_file_of_predictions_can_be_named(place: Place) -> None:
    found = run(place, "open('scores.csv', 'w').write('id,prediction\\n1,2\\n')", "--samples", "scores.csv")
    assert [(each["path"], each["how"], each["role"]) for each in found["outputs"]] == [
        ("scores.csv", "declared", "samples")
    ]
    assert "samples" not in found
