"""What damage looks like to a person: it is said, and no other run is taken for the damaged one."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.place import AT, SECOND, Place

from runlore.errors import CorruptError
from runlore.ops.fsck import fsck
from runlore.ops.list import list_runs
from runlore.ops.show import show
from runlore.present import csv, json
from runlore.present.term import plain, screen, view
from runlore.present.term.blocks import Frame
from runlore.records.canonical import encode
from runlore.records.hashing import RunId
from runlore.store import runs
from runlore.store.store import Store


@pytest.fixture
def ids(place: Place) -> list[str]:
    """Three runs, the newest first, and no cache."""
    made = [place.record(at=AT + count * SECOND) for count in range(3)]
    shutil.rmtree(os.path.join(place.folder, ".mlrun", "cache"))
    return made[::-1]


@pytest.mark.parametrize("name", ["intent", "seal"])
def test_a_run_with_a_damaged_record_is_named_and_the_others_are_listed(
    place: Place, ids: list[str], name: str
) -> None:
    path = Path(place.folder, ".mlrun", "runs", ids[0], name)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"succeeded", b"failed...").replace(b'"host"', b'"hose"'))
    listed = place.mlrun("list", "--json")
    assert [run["id"] for run in listed.data()["runs"]] == ids[1:]
    assert listed.data()["damaged"] == [ids[0]]
    assert ids[0][:8] in place.mlrun("list").err
    for asked in ("@", "@~1", ids[0][:8]):
        assert place.mlrun("show", asked).status == 13
    assert place.mlrun("rm", "@~1").status == 13
    assert place.mlrun("show", ids[1][:8]).status == 0
    assert place.mlrun("fsck").status == 1


def test_with_every_pack_damaged_nothing_is_said_to_be_empty(place: Place, ids: list[str]) -> None:
    for pack in Path(place.folder, ".mlrun", "packs").iterdir():
        pack.chmod(0o644)
        pack.write_bytes(b"garbage")
    listed = place.mlrun("list")
    assert "no runs yet" not in listed.err + listed.out
    assert "3" not in listed.out
    assert len(place.mlrun("list", "--json").data()["damaged"]) == len(ids)
    assert place.mlrun("show", "@").status == 13


def test_a_folder_of_another_product_is_named_by_every_command(place: Place) -> None:
    os.mkdir(os.path.join(place.folder, ".mlrun"))
    place.write(".mlrun/theirs.db", "x")
    for args in (["list"], ["status"], ["doctor"], ["show"]):
        done = place.mlrun(*args)
        assert "is not a store of ours" in done.err + done.out, args
    ran = place.mlrun("exec", "sh", "-c", "exit 3")
    assert (ran.status, "is not a store of ours" in ran.err) == (3, True)
    assert os.listdir(os.path.join(place.folder, ".mlrun")) == ["theirs.db"]


def test_the_store_is_not_part_of_declared_data(place: Place) -> None:
    place.write("train.py", "print('ok')\n")
    found = []
    for _ in range(2):
        assert place.mlrun("exec", "-d", ".", "train.py").status == 0
        run = place.mlrun("show", "--json").data()
        found.append((run["fingerprint"], run["inputs"][0]["size"]))
    assert found[0] == found[1]
    assert found[0][1] == len("print('ok')\n")
    assert place.mlrun("exec", "-d", ".mlrun", "true").status == 2


def test_a_record_of_an_earlier_run_does_not_stay(place: Place) -> None:
    record = Path(place.write("run.json", '{"old": 1}'))
    os.mkdir(os.path.join(place.folder, ".mlrun"))
    place.write(".mlrun/theirs.db", "x")
    assert place.mlrun("exec", "--record", "run.json", "true").status == 0
    assert not record.exists()


def test_a_project_below_a_home_under_git_is_recorded_by_itself(place: Place) -> None:
    home = Path(place.env["HOME"])
    (home / ".git").mkdir()
    project = home / "projects" / "digits"
    project.mkdir(parents=True)
    (project / "train.py").write_text("print('ok')\n")
    for _ in range(2):
        assert place.mlrun("exec", "train.py", cwd=str(project)).status == 0
    assert (project / ".mlrun" / "format").exists()
    assert not (home / ".mlrun").exists()
    assert place.mlrun("show", "--json", cwd=str(project)).data()["code"]["files"] == 1
    assert place.mlrun("exec", "true", cwd=str(home)).status == 125


OID = "ab" * 32
FILE = {"path": "data", "oid": OID, "size": 3, "stored": False, "how": "declared", "kind": "f"}
WARNING = {"code": "c", "message": "m"}
RECORDS: dict[str, dict[str, Any]] = {
    "environment": {
        "schema": "environment/1", "python": "3.11.7", "implementation": "cpython", "platform": "linux",
        "packages": [{"name": "mine", "version": "1", "digest": OID, "source": "editable", "url": "file:///x"}],
    },
    "recipe": {
        "schema": "recipe/1", "argv": ["train.py", "--lr"], "cwd": ".", "code": OID, "params": {"lr": 0.1},
        "config": [{"path": "c", "oid": OID}], "environment": OID, "variables": {"TZ": "UTC"},
        "inputs": [{"path": "data", "oid": OID, "kind": "f"}],
    },
    "intent": {
        "schema": "intent/1", "recipe": OID, "name": "n", "experiment": "e", "message": "m", "started_at": AT,
        "author": "a", "host": "h", "boot": "b", "nonce": "c", "interpreter": "/p", "code_files": 1, "code_bytes": 2,
        "git": {"commit": OID, "branch": "main", "remotes": {"origin": "x"}, "dirty": True, "modified": ["a"],
                "untracked": ["b"], "submodules": [{"path": "s"}], "shallow": False},
        "patch": OID, "inputs": [FILE], "omitted": [FILE], "skipped": [WARNING],
        "hardware": {"cpu": "EPYC", "cores": 2, "memory": 8, "gpus": ["H100"]}, "warnings": [WARNING],
        "parent": {"run": OID, "kind": "reproduces"},
    },
    "seal": {
        "schema": "seal/1", "run": OID, "recipe": OID, "state": "failed", "exit_code": 3, "signal": 9,
        "ended_at": AT, "duration": 1.5, "usage": {"cpu_seconds": 0.5, "peak_memory": 9, "gpu_seconds": None},
        "log": OID, "log_bytes": 9, "outputs": [FILE], "observer": "none", "blind": ["inputs"],
        "metrics": {"acc": {"last": 0.5, "min": 0.1, "max": 0.9, "count": 2, "step": 7}}, "warnings": [WARNING],
        "interpreter": "/p",
    },
}  # fmt: skip
ANYTHING: list[Any] = [7, "zork", [], {}, None, True, 1.5, [7], {"a": 7}]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - any JSON
    """Where there is a value, at any depth, but for the id by which a record names another."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            if path or key not in {"schema", "run", "recipe", "environment"}:
                yield (*path, key)
                yield from places(value[key], (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:  # noqa: ANN401 - any JSON
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


def record(folder: str, records: dict[str, dict[str, Any]]) -> str:
    """A store with nothing but this run."""
    shutil.rmtree(folder + "/.mlrun", ignore_errors=True)
    with Store.create(folder + "/.mlrun") as store:
        with store.writer() as writer:
            environment = writer.add_record(encode(records["environment"]))
            recipe = writer.add_record(encode({**records["recipe"], "environment": environment}))
        live = runs.begin(store.layout, encode({**records["intent"], "recipe": recipe}))
        runs.seal(store.layout, RunId(live.id), encode({**records["seal"], "run": live.id, "recipe": recipe}))
        os.close(live.lock)
        return live.id


def shown(schema: str, result: Any) -> None:  # noqa: ANN401 - any result
    """In every form there is."""
    json.text(schema, result)
    blocks = view(schema)(result, Frame(80, AT + SECOND)).blocks
    assert screen.render(blocks, width=80, colour=True) or not blocks
    assert plain.render(view(schema)(result, Frame(None, AT + SECOND)).blocks) or not blocks


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_in_which_anything_is_something_else_is_damaged_or_can_be_shown(place: Place, kind: str) -> None:
    folder = place.folder
    shown("run/1", show(folder, record(folder, RECORDS)))
    refused = 0
    for at, path in enumerate(places(RECORDS[kind])):
        new = ANYTHING[at % len(ANYTHING)]
        run = record(folder, {**RECORDS, kind: replaced(RECORDS[kind], path, new)})
        try:
            shown("run/1", show(folder, run))
            damaged: tuple[str, ...] = ()
        except CorruptError:
            damaged = (run,)
            refused += 1
        found = list_runs(folder, limit=None, experiment=None)
        assert found.damaged == damaged, (path, new)
        shown("run-list/1", found)
        csv.text(found)
        report = fsck(folder, quick=False, progress=lambda *_: None)
        codes = {each.code for each in report.findings}
        assert ("record-malformed" in codes) == bool(damaged), (path, new, report.findings)
        shown("fsck/1", report)
    assert refused > at / 2
