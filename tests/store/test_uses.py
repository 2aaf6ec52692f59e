"""The cache that knows which runs made and read what."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from runlore.errors import CorruptError
from runlore.records import tree
from runlore.records.hashing import blob_digest, tree_digest
from runlore.store import uses as asking
from runlore.store.noting import CODE, HAD, INPUT, MADE, OUTPUT, READ, Noted, Thing
from runlore.store.uses import Uses

A, B = "a" * 64, "b" * 64
DATA = blob_digest(b"data")


class Trees:
    """Trees in memory."""

    def __init__(self) -> None:
        self.known: dict[bytes, bytes] = {}
        self.read = 0

    def __call__(self, digest: bytes) -> bytes:
        self.read += 1
        if digest not in self.known:
            raise CorruptError("it is not there")
        return self.known[digest]

    def put(self, *entries: tuple[str, bytes, bytes]) -> bytes:
        data = tree.encode(tree.Entry(name.encode(), kind, digest, 5) for name, kind, digest in entries)
        digest = tree_digest(data)
        self.known[digest] = data
        return digest


@pytest.fixture
def trees() -> Trees:
    return Trees()


@pytest.fixture
def uses(tmp_path: Path, trees: Trees) -> Iterator[Uses]:
    made = Uses(os.fspath(tmp_path), trees)
    yield made
    made.close()


def noted(run: str, *things: Thing, at: int = 1, parent: str | None = None) -> Noted:
    return Noted(run, at, at + 1, parent, "reproduces" if parent else None, things)


def put(uses: Uses, *runs: Noted, sealed: bool = True) -> None:
    by_id = {each.run: each for each in runs}
    uses.refresh(dict.fromkeys(by_id, sealed), lambda names: [by_id[name] for name in names])


def made(path: str, oid: bytes = DATA, *, is_folder: bool = False) -> Thing:
    return Thing(OUTPUT, path, oid, 4, is_folder)


def paths(uses: Uses, kind: int, oid: bytes = DATA) -> list[tuple[str, str]]:
    return [(use.run[0], use.path) for use in uses.of([oid], kind)]


def test_what_was_made_is_told_from_what_was_read(uses: Uses) -> None:
    put(uses, noted(A, made("x")), noted(B, Thing(INPUT, "y", DATA, 4, False), at=2))
    assert (paths(uses, MADE), paths(uses, READ), paths(uses, HAD)) == ([("a", "x")], [("b", "y")], [])


def test_a_run_is_noted_again_when_it_is_sealed_and_forgotten_when_it_goes(uses: Uses) -> None:
    put(uses, noted(A), sealed=False)
    assert paths(uses, MADE) == []
    put(uses, noted(A, made("x")))
    assert paths(uses, MADE) == [("a", "x")]

    def unread(names: Sequence[str]) -> list[Noted | None]:
        raise AssertionError(names)

    uses.refresh({A: True}, unread)
    put(uses, noted(B, made("z")))
    assert paths(uses, MADE) == [("b", "z")]


def test_a_run_that_cannot_be_read_is_asked_for_again(uses: Uses) -> None:
    uses.refresh({A: True}, lambda names: [None for _ in names])
    put(uses, noted(A, made("x")))
    assert paths(uses, MADE) == [("a", "x")]


def test_a_folder_is_read_once_however_many_runs_have_it(uses: Uses, trees: Trees) -> None:
    inner = trees.put(("data", tree.FILE, DATA))
    outer = trees.put(("in", tree.FOLDER, inner), ("too", tree.FOLDER, inner))
    put(uses, *(noted(f"{at:064}", made("out", outer, is_folder=True)) for at in range(9)))
    assert trees.read == 2
    assert len(paths(uses, MADE)) == 18
    assert {path for _, path in paths(uses, MADE)} == {"out/in/data", "out/too/data"}


def test_the_top_of_the_code_is_not_part_of_a_path(uses: Uses, trees: Trees) -> None:
    code = trees.put(("train.py", tree.FILE, DATA))
    put(uses, noted(A, Thing(CODE, "", code, None, True)))
    assert paths(uses, HAD) == [("a", "train.py")]


def test_a_damaged_folder_takes_nothing_from_the_rest(uses: Uses) -> None:
    put(uses, noted(A, made("lost", b"\1" * 32, is_folder=True), made("x")))
    assert paths(uses, MADE) == [("a", "x")]
    assert paths(uses, MADE, b"\1" * 32) == [("a", "lost")]


def test_of_too_many_places_the_newest_are_followed_and_that_is_said(
    uses: Uses, trees: Trees, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_PLACES", 10)
    folders = [
        trees.put(("data", tree.FILE, DATA), (f"{at:03}", tree.FILE, blob_digest(b"%d" % at))) for at in range(50)
    ]
    put(uses, *(noted(f"{at:064}", made(f"{at}", oid, is_folder=True), at=at) for at, oid in enumerate(folders)))
    found = uses.of([DATA], MADE)
    assert uses.cut
    assert found[0].path == "49/data"


def test_names_that_are_not_utf_8_come_back_as_they_were(uses: Uses) -> None:
    put(uses, noted(A, made("\udcff.bin"), made("odd \ud800")))
    assert {use.path for use in uses.of([DATA], MADE)} >= {"\udcff.bin"}
    assert uses.at("\udcff.bin")[0].oid == DATA


def test_objects_are_found_by_how_their_ids_begin(uses: Uses) -> None:
    put(uses, noted(A, made("x")))
    assert uses.starting(DATA.hex()[:8]) == [DATA.hex()]
    assert uses.starting("00000000") == []


def test_children_are_found_newest_first(uses: Uses) -> None:
    put(uses, noted(A), noted(B, parent=A, at=2), noted("c" * 64, parent=A, at=3))
    assert uses.children(A) == [("c" * 64, "reproduces"), (B, "reproduces")]
