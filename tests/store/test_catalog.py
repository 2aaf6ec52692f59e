"""What the index knows of runs."""

import os
from pathlib import Path
from typing import Any

from runlore.store.catalog import INPUT, METRIC, OUTPUT, PARAM, Facts, RunRow, put_runs, stored_text
from runlore.store.condition import Compare, Condition, Every, Key, No
from runlore.store.search import Known
from runlore.store.store import Store

A, B, C = "a" * 64, "b" * 64, "c" * 64


def _row(run: str, at: int, **given: Any) -> RunRow:  # noqa: ANN401 - any field
    return RunRow(run, at, None, None, True, "{}")._replace(**given)


def test_a_run_is_found_by_the_files_it_has_in_a_role(store: Store) -> None:
    store.index.note_run(_row(A, 1, files={OUTPUT: ["model.pt"]}))
    store.index.note_run(_row(B, 2, files={INPUT: ["data/a.csv", "data/\udcff.csv"]}))
    store.index.note_run(_row(C, 3, files={INPUT: ["data/a.csv", "model.pt"]}))
    assert _reading(store, "data/a.csv") == [C, B]
    assert _reading(store, "data/\udcff.csv") == [B]
    assert _reading(store, "model.pt") == [C]
    assert _reading(store, "b.csv") == []


def test_a_run_that_is_noted_again_is_known_as_it_is_now(store: Store) -> None:
    store.index.note_run(_row(A, 1, params={"lr": 1}, files={INPUT: ["x"]}))
    store.index.note_run(_row(A, 1, params={"lr": 2}, metrics={"acc": {"last": 0.5}}, files={INPUT: ["y"]}))
    assert _reading(store, "x") == []
    assert _reading(store, "y") == [A]
    assert _ids(store, Compare(Key("param", "lr"), "=", (1,))) == []
    assert _ids(store, Compare(Key("param", "lr"), "=", (2,))) == [A]
    assert store.index.key_names(METRIC) == ["acc"]
    assert store.index.key_names(PARAM) == ["lr"]


def test_what_is_known_of_a_run_goes_with_its_folder(store: Store) -> None:
    store.index.note_run(_row(A, 1, params={"lr": 1}, files={INPUT: ["x"]}))
    store.index.refresh_runs(store.layout.runs, lambda _: [])
    assert _reading(store, "x") == []
    assert _ids(store, None) == []


def test_runs_that_read_the_same_files_share_one_list_of_them(store: Store) -> None:
    files = {INPUT: [f"data/{at:04}.png" for at in range(2000)]}
    for number in range(20):
        store.index.note_run(_row(f"{number:064x}", number, files=files))
    assert len(_reading(store, "data/0007.png")) == 20
    assert os.path.getsize(store.layout.cache + "/index.db") < 1 << 20


def test_runs_of_a_recipe_without_its_seed_are_found_those_of_the_same_code_first(store: Store) -> None:
    for run, at, code in ((A, 1, "x"), (B, 2, "y"), (C, 3, "x")):
        store.index.note_run(_row(run, at, facts=Facts(seedless="k", code=code)))
    store.index.note_run(_row("d" * 64, 4, facts=Facts(code="x")))
    assert store.index.akin("k", "x", limit=9) == [C, A, B]
    assert store.index.akin("k", None, limit=9) == [C, B, A]
    assert store.index.akin("k", "y", limit=1) == [B]
    assert store.index.akin("other", "x", limit=9) == []


def test_an_index_of_an_older_version_is_made_anew(tmp_path: Path) -> None:
    root = str(tmp_path / ".mlrun")
    with Store.create(root) as store:
        store.index.note_run(_row(A, 1))
        store.index._db.change("PRAGMA user_version = 3")
    with Store(root) as store:
        assert _ids(store, None) == []


def test_among_many_runs_the_same_are_found_as_among_few(store: Store) -> None:
    rows = [
        _row(
            f"{at:064x}",
            at * 7 % 5003,
            params={"lr": at % 10},
            metrics={"acc": {"last": at / 5000}},
            files={INPUT: [f"data/{at % 2}"]},
            facts=Facts(dirty=at % 3 == 0),
        )
        for at in range(5000)
    ]
    with store.index._db.transaction():
        put_runs(store.index._db, rows)
    few, most = Compare(Key("param", "lr"), "=", (3,)), Compare(Key("metric", "acc"), ">", (0.1,))
    file, dirty = Compare(Key("file", INPUT), "=", (b"data/1",)), Compare(Key("fact", "dirty"), "has")
    removed = frozenset((rows[1503].id, rows[4999].id))
    joined = [Every(pair) for pair in ((most, few), (most, file), (few, dirty), (No(few), most))]
    conditions: list[Condition] = [few, most, No(dirty), *joined]
    for condition in conditions:
        wanted = [row for row in rows if _meets(row, condition) and row.id not in removed]
        wanted.sort(key=lambda row: (-row.started_at, row.id))
        found, total = store.index.search(condition, Known(removed=removed)).ids(None, 20)
        assert total == len(wanted)
        assert found == [row.id for row in wanted[:20]]


def _meets(row: RunRow, condition: Condition) -> bool:
    match condition:
        case Every(parts):
            return all(_meets(row, part) for part in parts)
        case No(part):
            return not _meets(row, part)
        case Compare(Key("param", _), _, (value,)):
            return row.params["lr"] == value
        case Compare(Key("metric", _), _, (value,)):
            return bool(row.metrics["acc"]["last"] > value)
        case Compare(Key("file", _), _, _):
            return row.files[INPUT][0] == "data/1"
        case _:
            return bool(row.facts.dirty)


def _ids(store: Store, condition: Compare | None) -> list[str]:
    return store.index.search(condition, Known()).ids(None, None)[0]


def _reading(store: Store, path: str) -> list[str]:
    return _ids(store, Compare(Key("file", INPUT), "=", (stored_text(path),)))
