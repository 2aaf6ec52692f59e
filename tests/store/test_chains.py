"""Folders noted by what they have unlike the one before: whatever came and went, each file is found where it lay."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.test_uses import DATA, Trees, made, noted, paths, put

from runlore.records import tree
from runlore.records.hashing import blob_digest
from runlore.store import chains
from runlore.store.database import Database
from runlore.store.noting import MADE
from runlore.store.uses import Uses

Folder = dict[str, bytes]
FOLDERS = st.lists(
    st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([blob_digest(b"%d" % at) for at in range(4)])),
    min_size=1,
    max_size=12,
)


@pytest.fixture
def trees() -> Trees:
    return Trees()


@pytest.fixture
def uses(tmp_path: Path, trees: Trees) -> Iterator[Uses]:
    opened = Uses(os.fspath(tmp_path), trees)
    yield opened
    opened.close()


def keep(trees: Trees, folder: Folder) -> bytes:
    return trees.put(*((name, tree.FILE, oid) for name, oid in folder.items()))


@given(FOLDERS, st.data())
def test_files_are_found_in_every_folder_that_has_them(
    tmp_path_factory: pytest.TempPathFactory, folders: list[Folder], data: st.DataObject
) -> None:
    trees = Trees()
    uses = Uses(os.fspath(tmp_path_factory.mktemp("uses")), trees)
    whose = [f"{at:064}" for at in range(len(folders))]
    runs = [
        noted(run, made("out", keep(trees, folder), is_folder=True), at=at)
        for at, (run, folder) in enumerate(zip(whose, folders, strict=True))
    ]
    cut = data.draw(st.integers(0, len(runs)))  # taken in at two times, the second of which knows the first
    known = {each.run: each for each in runs}
    for some in (runs[:cut], runs):
        uses.refresh({each.run: True for each in some}, lambda names: [known[name] for name in names])
    for oid in {oid for folder in folders for oid in folder.values()}:
        expected = {
            (run, f"out/{name}")
            for run, folder in zip(whose, folders, strict=True)
            for name, each in folder.items()
            if each == oid
        }
        assert {(use.run, use.path) for use in uses.of([oid], MADE)} == expected
        assert {run for run, _ in uses.holding(oid.hex()[:9], MADE)} == {run for run, _ in expected}
    uses.close()


def test_a_folder_of_which_one_file_changes_costs_two_rows(uses: Uses, trees: Trees, tmp_path: Path) -> None:
    many = {f"{at:03}": blob_digest(b"%d" % at) for at in range(100)}
    folders = [{**many, "050": blob_digest(b"new %d" % at)} for at in range(50)]
    put(uses, *(noted(f"{at:064}", made("out", keep(trees, each), is_folder=True)) for at, each in enumerate(folders)))
    assert len(uses.of([many["000"]], MADE)) == 50
    assert _rows(tmp_path) == 100 + 49


def test_a_folder_that_is_quite_another_is_noted_by_itself(uses: Uses, trees: Trees, tmp_path: Path) -> None:
    folders = [{f"{name}": blob_digest(b"%d %d" % (at, name)) for name in range(10)} for at in range(3)]
    put(uses, *(noted(f"{at:064}", made("out", keep(trees, each), is_folder=True)) for at, each in enumerate(folders)))
    assert _rows(tmp_path) == 30
    assert len(uses.of([blob_digest(b"1 7")], MADE)) == 1


def test_a_chain_whose_last_folder_is_lost_goes_on_with_another(uses: Uses, trees: Trees) -> None:
    first = keep(trees, {"a": DATA, "b": blob_digest(b"b")})
    one = noted("a" * 64, made("out", first, is_folder=True))
    put(uses, one)
    del trees.known[first]
    two = noted("b" * 64, made("out", keep(trees, {"a": DATA}), is_folder=True))
    uses.refresh({one.run: True, two.run: True}, lambda _: [two])
    assert sorted(paths(uses, MADE)) == [("a", "out/a"), ("b", "out/a")]


def test_folders_of_one_place_are_large_and_small_by_turns(
    uses: Uses, trees: Trees, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "LARGE", 3)
    small = {"a": DATA, "b": blob_digest(b"b"), "c": blob_digest(b"c")}
    large = {**small, "d": blob_digest(b"d")}
    more = {**large, "e": blob_digest(b"e")}
    folders = enumerate((small, large, more, {"a": DATA, "c": blob_digest(b"c")}))
    put(uses, *(noted(f"{at}" * 64, made("out", keep(trees, each), is_folder=True)) for at, each in folders))
    assert sorted(paths(uses, MADE)) == [(f"{at}", "out/a") for at in range(4)]
    assert {run[0] for run, _ in uses.holding(DATA.hex()[:8], MADE)} == {"0", "1", "2", "3"}


_SCRIPT = """
import sys
from runlore.records import tree
from runlore.records.hashing import blob_digest, tree_digest
from runlore.store.noting import OUTPUT, Noted, Thing
from runlore.store.uses import Uses
trees, known = {}, {}
for at in range(1500):
    data = tree.encode(
        tree.Entry(b"%03d" % name, tree.FILE, blob_digest(b"%d" % (at if name == at % 20 else 0)), 5)
        for name in range(20)
    )
    trees[tree_digest(data)] = data
    run = f"{at:064}"
    known[run] = Noted(run, at, at + 1, None, None, [Thing(OUTPUT, "out", tree_digest(data), 4, True)])
uses = Uses(sys.argv[1], trees.__getitem__)
uses.refresh(dict.fromkeys(known, True), lambda names: (known[name] for name in names))
print(sum(len(list(uses.holding(blob_digest(b"%d" % at).hex(), 0))) for at in (0, 7, 700, 1499)))
"""


def test_processes_that_fill_it_at_the_same_time_note_each_run_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _SCRIPT, os.fspath(tmp_path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [each.communicate()[0].split() for each in both]
    assert [each.returncode for each in both] == [0, 0, 0]
    assert said == [["1503"]] * 3
    assert _rows(tmp_path) == 20 + 1 + 2 * 1498


def _rows(folder: Path) -> int:
    db = Database(os.fspath(folder / "uses.db"), schema="", version=2)
    try:
        return int((db.first("SELECT count(*) FROM inside") or (0,))[0])
    finally:
        db.close()
