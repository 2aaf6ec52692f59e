"""What a run was made of, put into a folder."""

import os
from pathlib import Path
from typing import Any

import pytest
from tests.ops.rebuilding import new_store, record
from tests.store.folders import keep, read

from runlore.ops.parts import read_parts
from runlore.ops.rebuilt import Restored
from runlore.ops.restoring import restore_run
from runlore.records.hashing import ObjectId
from runlore.store.store import Store
from runlore.store.whole import entry_of


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "project")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def rebuilt(store: Store, target: Path, code: Any, *, options: Any = (), **given: Any) -> tuple[Restored, Any]:  # noqa: ANN401 - a run's parts
    found = restore_run(store, read_parts(store, record(store, code, **given)), os.fspath(target), **dict(options))
    store.close()
    return found, read(os.fsencode(target))


def test_code_config_and_inputs_come_back_at_their_paths(store: Store, target: Path) -> None:
    found, there = rebuilt(
        store,
        target,
        {b"train.py": ("x", b"1"), b"conf": {b"a.yaml": b"a: 1"}},
        inputs={"data/x.csv": b"2", "data/many": {b"1": b"3", b"2": b"4"}},
        config={"conf/local.yaml": b"b: 2"},
        outputs={"model.bin": b"5"},
    )
    assert there == {
        b"train.py": ("x", b"1"),
        b"conf": {b"a.yaml": b"a: 1", b"local.yaml": b"b: 2"},
        b"data": {b"x.csv": b"2", b"many": {b"1": b"3", b"2": b"4"}},
    }
    assert (found.files, found.bytes, found.missing, found.outside) == (6, 12, (), ())


def test_outputs_are_put_beside_what_was_read_and_never_over_it(store: Store, target: Path) -> None:
    _, there = rebuilt(
        store,
        target,
        {b"t": b"1"},
        inputs={"best.pt": b"before"},
        outputs={"best.pt": b"after", "out/new": b"2"},
        options={"outputs": True},
    )
    assert there == {b"t": b"1", b"best.pt": b"before", b"out": {b"new": b"2"}}


def test_what_was_read_stands_where_the_code_has_something_else(store: Store, target: Path) -> None:
    _, there = rebuilt(store, target, {b"data.csv": b"committed", b"t": b"1"}, inputs={"data.csv": b"read"})
    assert there == {b"data.csv": b"read", b"t": b"1"}


def test_an_input_behind_a_link_of_the_project_lies_where_that_leads(store: Store, target: Path) -> None:
    code = {b"conf": ("l", b"configs/./prod"), b"configs": {b"prod": {b"b.yaml": b"1"}, b"up": ("l", b"../top")}}
    _, there = rebuilt(
        store, target, code, inputs={"configs/up/x": b"2"}, config={"conf/a.yaml": b"3"}, outputs={"conf/out": b"4"}
    )
    prod = {b"a.yaml": b"3", b"b.yaml": b"1"}
    assert there == {
        b"conf": ("l", b"configs/./prod"),
        b"configs": {b"prod": prod, b"up": ("l", b"../top")},
        b"top": {b"x": b"2"},
    }


@pytest.mark.parametrize("link", [b"/elsewhere", b"../elsewhere", b"round"])
def test_an_input_behind_a_link_that_leaves_the_project_stands_instead_of_the_link(
    store: Store, target: Path, link: bytes
) -> None:
    found, there = rebuilt(
        store, target, {b"data": ("l", link), b"round": ("l", b"round"), b"t": b"1"}, inputs={"data/x": b"2"}
    )
    assert there == {b"data": {b"x": b"2"}, b"round": ("l", b"round"), b"t": b"1"}
    assert found.missing == ()


@pytest.mark.parametrize(
    "path", ["../x", "a/../../x", ".git/hooks/pre-commit", "sub/.mlrun/format", "n\0l", "\ud800", "a/" * 300 + "x"]
)
def test_a_path_that_a_stranger_has_made_up_is_refused(store: Store, target: Path, path: str) -> None:
    found, there = rebuilt(store, target, {b"t": b"1"}, inputs={path: b"evil"})
    assert [(each.path, each.why) for each in found.missing] == [(path, "refused")]
    assert there[b"t"] == b"1"
    assert not list(target.rglob("x")) + list(target.rglob("pre-commit"))


def test_what_was_not_kept_is_missing_and_the_rest_is_there(store: Store, target: Path) -> None:
    found, there = rebuilt(store, target, {b"t": b"1"}, lost={"big.bin": b"2" * 9, "many": {b"a": b"3"}})
    assert [(each.path, each.size, each.why) for each in found.missing] == [
        ("big.bin", 9, "missing"),
        ("many/a", 1, "missing"),
    ]
    assert there == {b"t": b"1", b"many": {}}


def test_what_was_not_kept_is_taken_from_the_project_if_it_still_has_the_very_bytes(store: Store, target: Path) -> None:
    project = Path(store.layout.root).parent
    (project / "same").write_bytes(b"2" * 9)
    (project / "other").write_bytes(b"y" * 9)
    (project / "longer").write_bytes(b"2" * 10)
    (project / "link").symlink_to("same")
    lost = dict.fromkeys(("same", "other", "longer", "link", "gone"), b"2" * 9)
    found, there = rebuilt(store, target, {b"t": b"1"}, lost=lost, options={"spare": os.fspath(project)})
    assert there == {b"t": b"1", b"same": b"2" * 9}
    assert found.borrowed == ("same",)
    assert sorted(each.path for each in found.missing) == ["gone", "link", "longer", "other"]


def test_files_from_outside_are_compared_with_those_of_this_machine(store: Store, target: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "dir").mkdir(parents=True)
    for name in ("same", "changed", "dir/a"):
        (outside / name).write_bytes(b"now")
    inputs: dict[str, Any] = {
        f"{outside}/{name}": b"now" if name == "same" else b"old" for name in ("same", "changed", "gone")
    }
    inputs[f"{outside}/dir"] = {b"a": b"now"}
    found, there = rebuilt(store, target, {b"t": b"1"}, inputs=inputs, lost={f"{outside}/lost": b"7"})
    assert {each.path.removeprefix(f"{outside}/"): (each.status, each.stored) for each in found.outside} == {
        "same": ("unchanged", True),
        "changed": ("changed", True),
        "gone": ("gone", True),
        "dir": ("unchanged", True),
        "lost": ("gone", False),
    }
    assert (there, found.missing) == ({b"t": b"1"}, ())


def test_a_declared_folder_outside_with_one_more_file_has_changed(store: Store, target: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    for name in ("a", "b"):
        (tmp_path / "outside" / name).write_bytes(b"1")
    inputs = {os.fspath(tmp_path / "outside"): {b"a": b"1"}}
    found, _ = rebuilt(store, target, {b"t": b"1"}, inputs=inputs, how="declared")
    assert [each.status for each in found.outside] == ["changed"]


def test_files_from_outside_go_into_a_folder_of_their_own_if_asked(store: Store, target: Path) -> None:
    _, there = rebuilt(
        store,
        target,
        {b"t": b"1"},
        inputs={"/data/x": b"2", "//data//../y": b"3", "/a/.git/config": b"4"},
        options={"outside": True},
    )
    assert there == {b"t": b"1", b".outside": {b"data": {b"x": b"2"}, b"y": b"3", b"a": {}}}


def test_what_a_stranger_wrote_in_the_place_of_a_kind_is_a_file(store: Store) -> None:
    parts = read_parts(store, record(store, {b"t": b"1"}, inputs={"x": b"2"}))
    store.close()
    (ref,) = parts.inputs
    assert [entry_of(ref._replace(kind=kind)).kind for kind in ("f", "x", "l", "d", "", "\ud800")] == [
        *b"f x l d f f".split()
    ]


def test_links_that_lead_nowhere_end(store: Store, target: Path) -> None:
    code = {b"a": ("l", b"b/x"), b"b": ("l", b"a/x"), b"long": ("l", b"x/" * 100_000)}
    found, there = rebuilt(store, target, code, inputs={"a/1": b"1", "long/1": b"2"})
    assert there == {b"a": {b"1": b"1"}, b"b": ("l", b"a/x"), b"long": {b"1": b"2"}}
    assert found.missing == ()


def test_a_strangers_paths_are_refused_with_other_code_too(store: Store, target: Path) -> None:
    other = ObjectId(keep(store, {b"new": b"3"}).hex())
    paths = ("\ud800", "d/" * 5000 + "x", "fine")
    run = record(store, {b"t": b"1"}, inputs=dict.fromkeys(paths, b"2"))
    found = restore_run(store, read_parts(store, run), os.fspath(target), other_code=other)
    store.close()
    assert read(os.fsencode(target)) == {b"new": b"3", b"fine": b"2"}
    assert sorted(each.path for each in found.missing) == sorted(paths[:2])
