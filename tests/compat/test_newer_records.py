"""Records that another version wrote: what can be read is read, and what cannot is said to be newer, not damaged."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.place import Place
from tests.compat.stores import NEWEST, Parts, add_altered, unpack
from tests.present.schemas import validator

from runlore.records.canonical import decode, encode
from runlore.records.hashing import record_id
from runlore.records.run import FileRef, Intent, Seal, Warn

_KINDS = ("intent", "seal", "recipe", "environment")
_LINES = ("show RUN", "diff dirty RUN", "metrics RUN", "lineage RUN", "reproduce --check RUN", "note RUN", "plot RUN")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return unpack(NEWEST, tmp_path)


@pytest.fixture
def dirty(place: Place) -> str:
    run: str = place.mlrun("show", "dirty", "--json").data()["id"]
    return run


def answers(place: Place, run: str) -> Iterable[Any]:
    """What each command says of the run, as its schema has it."""
    for line in _LINES:
        done = place.mlrun(*line.replace("RUN", run).split(), "--json")
        document = json.loads(done.out)
        validator(document["schema"].removesuffix("/1"), strict=False).validate(document)
        yield document["data"]


def add_keys(part: Any) -> Any:  # noqa: ANN401 - any part of a record
    """The part with a key in every object that has fixed ones, and in those that stand in its lists."""
    if isinstance(part, list):
        return [add_keys(each) for each in part]
    return {**part, "newer": {"x": [1, None]}} if isinstance(part, dict) else part


def test_keys_of_a_newer_version_are_overlooked(place: Place, dirty: str) -> None:
    def change(parts: Parts) -> None:
        for record in parts.values():
            for name in ("inputs", "outputs", "warnings", "packages", "git", "usage"):
                if name in record and (name, "argv" in record) != ("inputs", True):  # a recipe's are its identity
                    record[name] = add_keys(record[name])
            record["newer"] = [1, {"x": None}]

    run = add_altered(place, dirty, change)
    shown, compared, *_ = answers(place, run)
    assert (shown["metrics"]["loss"]["last"], len(shown["outputs"])) == (0.625, 2)
    assert compared["identical"]
    assert place.mlrun("list", "-n", "1", "--json").data()["runs"][0]["id"] == run
    assert place.mlrun("fsck", "--json").data()["sound"]


def test_a_record_without_what_may_be_missing_is_read(place: Place, dirty: str) -> None:
    def change(parts: Parts) -> None:
        for kind, record in ((Intent, parts["intent"]), (Seal, parts["seal"])):
            for name in kind._field_defaults:
                record.pop(name, None)
        for ref in parts["seal"]["outputs"]:
            for name in FileRef._field_defaults:
                ref.pop(name, None)
        for name in ("usage", "metrics"):
            parts["seal"][name] = {}
        parts["intent"]["hardware"] = {}
        assert not Warn._field_defaults

    run = add_altered(place, dirty, change)
    place.mlrun("list", "--json").data()
    for line in (*_LINES, "fsck", "list"):
        done = place.mlrun(*line.replace("RUN", run).split(), "--json")
        document = json.loads(done.out or done.err)
        validator(document["schema"].removesuffix("/1")).validate(document)
        assert done.status in (0, 1, 12), line  # nothing was logged, so that nothing can be drawn
    assert place.mlrun("show", run, "--json").data()["inputs"] == []


@pytest.mark.parametrize("kind", _KINDS)
def test_a_record_of_a_newer_version_is_said_to_be_one(place: Place, dirty: str, kind: str, tmp_path: Path) -> None:
    def change(parts: Parts) -> None:
        parts[kind] |= {"schema": f"{kind}/2", "newer": 1}

    run = add_altered(place, dirty, change)
    for line in (*_LINES, f"checkout RUN {tmp_path}/again", "get RUN:model.bin", "tag new RUN"):
        done = place.mlrun(*line.replace("RUN", run[:12]).split(), "--json")
        said = f"a newer mlrun wrote it, as {kind}/2; this one knows {kind}/1"
        if line.startswith("diff") and kind != "intent":  # what can be compared is
            assert done.status == 13
            assert any(said in each["what"] for each in done.data()["damaged"])
            continue
        error = json.loads(done.err)["error"]
        assert (done.status, error["code"]) == (13, "newer-record"), line
        assert said in error["message"]
        assert error["hint"] == "pip install --upgrade runlore"


@pytest.mark.parametrize("kind", _KINDS)
def test_the_other_runs_are_shown_beside_it(place: Place, dirty: str, kind: str) -> None:
    run = add_altered(place, dirty, lambda parts: parts[kind].update(schema=f"{kind}/2"))
    listed = place.mlrun("list")
    assert f"their records cannot be read: {run[:8]}; mlrun fsck says why" in listed.err
    assert "dirty: train.py" in listed.out
    assert place.mlrun("list", "--json").data()["damaged"] == [run]
    assert place.mlrun("diff", "nogit", "dirty").status == 0
    assert place.mlrun("lineage", "dirty:model.bin").status == 0
    newest = place.mlrun("show")
    assert newest.status == 13
    assert '"@" is not certain' in newest.err
    assert place.mlrun("exec", "-q", "--", "true").status == 0


@pytest.mark.parametrize("kind", _KINDS)
def test_fsck_warns_of_it_and_calls_the_store_sound(place: Place, dirty: str, kind: str) -> None:
    add_altered(place, dirty, lambda parts: parts[kind].update(schema=f"{kind}/2"))
    done = place.mlrun("fsck", "--json")
    newer = [each for each in done.data()["findings"] if each["code"] == "record-newer"]
    assert (done.status, done.data()["sound"], len(newer)) == (0, True, 1)
    assert f"{kind}/2" in newer[0]["message"]


@pytest.mark.parametrize("schema", ["intent/0", "intent/x", "intent/", "intent/1 ", "seal/2", "intent/02", "", None, 2])
def test_what_names_no_later_version_is_damage(place: Place, dirty: str, schema: object) -> None:
    run = add_altered(place, dirty, lambda parts: parts["intent"].update(schema=schema))
    done = place.mlrun("show", run, "--json")
    assert (done.status, json.loads(done.err)["error"]["code"]) == (13, "corrupt")
    assert place.mlrun("fsck").status == 1


def test_an_event_of_a_newer_version_takes_nothing_from_the_others(place: Place) -> None:
    folder = os.path.join(place.folder, ".mlrun", "events")
    with open(os.path.join(folder, min(os.listdir(folder))), "rb") as file:
        data = encode({**decode(file.read()), "schema": "event/2"})
    with open(os.path.join(folder, record_id(data)), "wb") as file:
        file.write(data)
    assert [tag["name"] for tag in place.mlrun("tag", "--json").data()["tags"]] == ["best"]
    assert place.mlrun("list", "--json").status == 0
    report = place.mlrun("fsck", "--json").data()
    assert report["sound"]
    assert "record-newer" in {each["code"] for each in report["findings"]}
