"""What is collected, and what never is."""

import json
import os
import pathlib
import time
from typing import Any

import pytest
from tests.ops.collecting import DAY, LARGE, Home
from tests.store.folders import keep_tree

from runlore.errors import CorruptError, LockedError, NoSuchMetricError, RefusedError, UsageError
from runlore.ops.author import author_of
from runlore.ops.note import add_note
from runlore.ops.parts import read_parts
from runlore.ops.retention import Best, Rules, best_of
from runlore.ops.rm import restore
from runlore.ops.show import show
from runlore.ops.uses import uses_of
from runlore.records.environment import Environment, encode_environment
from runlore.records.fields import to_json
from runlore.records.hashing import ObjectId, RunId
from runlore.records.run import encode_intent, encode_recipe, encode_seal
from runlore.store import collecting, runs
from runlore.store.boot import boot_id
from runlore.store.lock import shared
from runlore.store.refs import Refs
from runlore.store.runs import LiveRun
from runlore.store.store import Store


@pytest.fixture
def home(tmp_path: pathlib.Path) -> Home:
    return Home(tmp_path)


def test_a_removed_run_leaves_nothing_of_its_own_anywhere(home: Home) -> None:
    kept = home.record({b"train.py": b"shared"}, outputs={"model.bin": LARGE})
    gone = home.record(
        {b"train.py": b"shared", b"MARK-name.py": b"x", b"sub": {b"a": b"MARK in code"}},
        inputs={"MARK-input": b"MARK in an input"},
        outputs={"MARK-large": LARGE + b"MARK", "folder": {b"MARK-in-a-folder": b"1"}},
        config={"MARK.yaml": b"MARK: 1"},
    )
    add_note(home.folder, gone, "MARK in a note")
    with Store(home.root) as store:
        for name, run in (("MARK-tag", gone), ("moved", gone), ("moved", kept)):
            Refs(store.layout, store.index).add(f"tag/{name}", "tag", {"run": run}, author_of(home.folder))
        with uses_of(store):
            pass
    show(home.folder, gone)
    assert len(home.holding(b"MARK")) > 5
    home.remove(gone)
    found = home.collect(grace=0.0)
    assert (found.runs, found.waiting, found.kept) == ((gone,), 0, 1)
    assert {"records", "code", "data", "outputs"} <= found.parts.keys()
    assert sum(found.parts.values()) == found.bytes > len(LARGE)
    assert home.holding(b"MARK") == []
    assert home.problems() == []
    assert home.runs() == {kept}
    assert show(home.folder, kept).tags == ("moved",)
    again = home.collect(grace=0.0)
    assert (again.runs, again.bytes, again.objects) == ((), 0, 0)


def test_a_run_can_be_brought_back_until_its_time_is_over(home: Home) -> None:
    early, late, kept = (home.record({b"a": text}) for text in (b"1", b"2", b"3"))
    home.remove(early, days_ago=15)
    home.remove(late, days_ago=13)
    found = home.collect()
    assert (found.runs, found.waiting) == ((early,), 1)
    restore(home.folder, (late,))
    assert home.runs() == {late, kept}
    assert home.problems() == []
    assert home.collect(grace=0.0).runs == ()


def test_what_an_event_says_of_its_time_does_not_count(home: Home) -> None:
    run = home.record({b"a": b"1"})
    with Store(home.root) as store:
        by = author_of(home.folder)._replace(at=1)
        Refs(store.layout, store.index).remove(run, by, store.secret_key)
    assert home.collect().runs == ()
    assert home.collect(grace=0.0).runs == (run,)


def test_what_a_run_that_stays_needs_stays_whole(home: Home) -> None:
    shared_code = {b"train.py": b"1", b"lib": {b"big": LARGE, b"small": b"2"}}
    kept = home.record(shared_code, lost={"data": {b"x": b"read by both"}}, outputs={"m": b"model"})
    gone = home.record({**shared_code, b"more": b"3"}, inputs={"data": {b"x": b"read by both"}})
    home.remove(gone)
    home.collect(grace=0.0)
    assert home.problems() == []
    with Store(home.root) as store:
        (data,) = read_parts(store, kept).inputs
        (entry,) = store.objects.tree(bytes.fromhex(data.oid))
        assert store.objects.blob(entry.digest) == b"read by both"


def test_a_run_that_reused_another_has_all_of_its_own(home: Home) -> None:
    first = home.record({b"a": b"1"}, outputs={"m": b"model"})
    again = home.record({b"a": b"1"}, outputs={"m": b"model"}, parent={"run": first, "kind": "reuses"})
    home.remove(first)
    assert home.collect(grace=0.0).runs == (first,)
    assert home.problems() == []
    assert show(home.folder, again).parent == {"run": first, "kind": "reuses"}


def begin(home: Home, like: RunId, **changes: Any) -> LiveRun:  # noqa: ANN401 - any field
    """A run of this machine that goes on."""
    with Store(home.root) as store:
        intent = runs.read_intent(store.layout, like)
        return runs.begin(store.layout, encode_intent(intent._replace(boot=boot_id(), **changes)))


def test_a_run_that_has_not_ended_keeps_the_run_it_was_begun_from(home: Home) -> None:
    first = home.record({b"a": b"1"}, outputs={"m": b"model"})
    live = begin(home, first, parent={"run": first, "kind": "reuses"})
    home.remove(first)
    found = home.collect(grace=0.0)
    assert (found.runs, found.waiting) == ((), 1)
    assert home.problems() == []
    os.close(live.lock)
    home.remove(live.id)
    assert home.collect(grace=0.0).runs == tuple(sorted((first, live.id)))


def test_a_crashed_run_that_was_removed_goes_too(home: Home) -> None:
    kept = home.record({b"a": b"1"})
    live = begin(home, kept, message="MARK")
    os.close(live.lock)
    home.remove(live.id)
    assert home.collect(grace=0.0).runs == (live.id,)
    assert home.holding(b"MARK") == []
    assert home.runs() == {kept}


def test_what_nobody_names_stays_for_a_day(home: Home) -> None:
    home.record({b"a": b"1"})
    with Store(home.root) as store, store.writer() as writer:
        writer.add_blob(LARGE)
        keep_tree(writer, {b"MARK": b"MARK"})
    assert home.collect().objects == 0
    home.age(2)
    found = home.collect()
    assert (found.objects, found.parts) == (3, {"leftovers": found.bytes})
    assert home.holding(b"MARK") == []
    assert home.problems() == []


def test_little_garbage_in_a_large_pack_is_not_worth_writing_it_anew(home: Home) -> None:
    with Store(home.root) as store, store.writer() as writer:
        writer.add_blob(b"garbage")
        code = keep_tree(writer, {b"%d" % number: b"%d" % number * 100 for number in range(100)})
    with Store(home.root) as store:
        run = home.record({b"%d" % number: b"%d" % number * 100 for number in range(100)})
        assert read_parts(store, run).recipe.code == ObjectId(code.hex())
    home.age(2)
    packs = os.listdir(f"{home.root}/packs")
    assert home.collect().objects == 0
    assert sorted(os.listdir(f"{home.root}/packs")) == sorted(packs)
    home.remove(run)
    home.collect(grace=0.0)
    assert os.listdir(f"{home.root}/packs") == []


def test_nothing_changes_in_a_dry_run(home: Home) -> None:
    gone, kept = home.record({b"a": b"1"}), home.record({b"a": b"2"})
    home.remove(gone)
    before = {path for path, _ in home.files() if "/cache/" not in path}
    would = home.collect(grace=0.0, dry_run=True, rules=Rules(tagged=True))
    assert would.runs == tuple(sorted((gone, kept)))
    assert would.removed == (kept,)
    assert {path for path, _ in home.files() if "/cache/" not in path} == before
    did = home.collect(grace=0.0, rules=Rules(tagged=True))
    assert did == would._replace(dry_run=False)


def test_runs_are_not_erased_by_rules_unless_somebody_says_so(home: Home) -> None:
    run = home.record({b"a": b"1"})
    with pytest.raises(RefusedError, match="1 run would be erased for good"):
        home.collect(sure=False, rules=Rules(last=0))
    assert os.listdir(f"{home.root}/events") == []
    assert home.runs() == {run}
    assert home.collect(sure=False, rules=Rules(last=1)).runs == ()


def test_rules_keep_the_newest_the_tagged_and_what_they_came_from(home: Home) -> None:
    data = b"data that is long enough to tell a file by\n"
    first = home.record({b"a": b"0"}, outputs={"data.csv": data}, at=5)
    prepare = home.record({b"a": b"1"}, outputs={"data.csv": data}, at=10)
    middle = home.record({b"a": b"2"}, at=20)
    tagged = home.record({b"a": b"3"}, at=30)
    train = home.record({b"a": b"4"}, inputs={"data.csv": data}, at=40)
    with Store(home.root) as store:
        Refs(store.layout, store.index).add("tag/best", "tag", {"run": tagged}, author_of(home.folder))
    would = home.collect(rules=Rules(last=1, lineage=False), dry_run=True)
    assert set(would.runs) == {first, prepare, middle}
    found = home.collect(rules=Rules(last=1))
    assert set(found.removed) == set(found.runs) == {first, middle}
    assert home.runs() == {prepare, tagged, train}
    assert home.problems() == []
    assert home.collect(rules=Rules(newer=3600.0)).runs == tuple(sorted((prepare, train)))


def test_rules_keep_the_best_by_the_way_in_which_a_metric_is_better(home: Home) -> None:
    assert best_of("val/loss:3") == Best("val/loss", 3, "min")
    assert best_of("a:b:1:max") == Best("a:b", 1, "max")
    for text in ("loss", "loss:0", ":3", "loss:x", "loss:3:up", "thing:3"):
        with pytest.raises(UsageError):
            best_of(text)
    home.record({b"a": b"1"})
    with pytest.raises(NoSuchMetricError):
        home.collect(rules=Rules(best=(Best("loss", 1, "min"),)))


def test_nothing_is_collected_where_a_run_cannot_be_read(home: Home) -> None:
    broken, gone = home.record({b"a": b"1"}), home.record({b"a": b"2"}, outputs={"m": LARGE})
    home.remove(gone)
    with Store(home.root) as store:
        code = read_parts(store, broken).recipe.code or ""
    for name in os.listdir(f"{home.root}/packs"):
        path = f"{home.root}/packs/{name}"
        with open(path, "rb") as file:
            data = file.read()
        if bytes.fromhex(code) in data:
            os.chmod(path, 0o644)
            with open(path, "r+b") as file:
                file.seek(data.index(b"rlt1"))
                file.write(b"XXXX")
    with pytest.raises(CorruptError):
        home.collect(grace=0.0)
    assert gone in home.runs()
    assert len(os.listdir(f"{home.root}/objects")) > 0


def test_packages_that_were_kept_on_request_go_with_the_last_run_that_could_use_them(home: Home) -> None:
    made = [_with_environment(home, text) for text in (b"1", b"1", b"2")]
    for run in made[1:]:
        _vendor(home, run)
    home.remove(made[0])
    home.collect(grace=0.0)
    assert len(home.holding(b"MARK-vendored")) > 0
    assert home.problems() == []
    home.remove(made[1])
    home.collect(grace=0.0)
    home.remove(made[2])
    home.collect(grace=0.0)
    assert home.holding(b"MARK-vendored") == []
    assert home.problems() == []


def _with_environment(home: Home, python: bytes) -> RunId:
    run = home.record({b"a": os.urandom(4)})
    with Store(home.root) as store:
        _, intent, seal, recipe = read_parts(store, run)
        assert seal is not None
        with store.writer() as writer:
            environment = Environment(python.decode(), "cpython", "linux", ())
            oid = ObjectId(writer.add_record(encode_environment(environment)))
            recipe_id = ObjectId(writer.add_record(encode_recipe(recipe._replace(environment=oid))))
        live = runs.begin(store.layout, encode_intent(intent._replace(recipe=recipe_id, nonce="1")))
        runs.seal(store.layout, live.id, encode_seal(seal._replace(run=live.id, recipe=recipe_id)))
        os.close(live.lock)
    home.remove(run)
    home.collect(grace=0.0)
    return live.id


def _vendor(home: Home, run: RunId) -> None:
    with Store(home.root) as store:
        recipe = read_parts(store, run).recipe
        with store.writer() as writer:
            tree = keep_tree(writer, {b"site": {b"MARK-vendored": recipe.code.encode() if recipe.code else b""}})
        kept = {"name": "x", "version": "1", "why": "vendored", "tree": tree.hex(), "whole": True, "roots": []}
        Refs(store.layout, store.index).add(
            f"environment/{recipe.environment}", "vendor", {"kept": to_json((kept,))}, author_of(home.folder)
        )


def test_environments_go_that_no_run_has_used_for_a_month(home: Home) -> None:
    run = home.record({b"a": b"1"})
    old, fresh = time.time() - 31 * DAY, time.time() - 29 * DAY
    for name, at in (("a" * 64, old), ("b" * 64, fresh), ("c" * 64 + "-01234567", old)):
        os.makedirs(f"{home.root}/envs/{name}/bin")
        pathlib.Path(home.root, "envs", f"{name}.lock").touch()
        marker = pathlib.Path(home.root, "envs", name, "complete.json")
        marker.write_text(json.dumps({}))
        os.utime(marker, (at, at))
    assert home.collect().environments == ()
    found = home.collect(envs=True)
    assert found.environments == ("a" * 64, "c" * 64 + "-01234567")
    assert found.parts == {"environments": 4}
    assert [name for name in sorted(os.listdir(f"{home.root}/envs")) if "." not in name] == ["b" * 64]
    assert home.runs() == {run}


def test_two_collections_and_writers_do_not_work_at_the_same_time(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = home.record({b"a": b"1"})
    home.remove(gone)
    monkeypatch.setattr(collecting, "PATIENCE", 0.1)
    with shared(home.root), pytest.raises(LockedError):
        home.collect(grace=0.0)
    assert home.runs() == {gone}
    assert home.collect(grace=0.0).runs == (gone,)
