"""Runs with many files are taken in a few at a time; what is then known of them is the same."""

import os
from pathlib import Path
from typing import Any

import pytest
from tests.ops.rebuilding import new_store, record

from runlore.ops import indexing, uses
from runlore.ops.indexing import refresh
from runlore.ops.uses import uses_of
from runlore.records.hashing import blob_digest
from runlore.store import index, noting
from runlore.store.catalog import INPUT
from runlore.store.noting import READ
from runlore.store.store import Store

_RUNS = 9


@pytest.fixture
def many(tmp_path: Path) -> Store:
    """Runs that read four files each, one of them the same."""
    store = new_store(tmp_path / "p")
    for number in range(_RUNS):
        inputs = {f"{number}-{each}": b"%d %d" % (number, each) for each in range(3)}
        record(store, {b"a.py": b"1"}, inputs={**inputs, "shared": b"shared"}, at=number + 1)
    return store


def _known(store: Store) -> tuple[list[Any], list[Any]]:
    with Store(store.layout.root) as opened:
        refresh(opened)
        rows = [(row.id, row.summary) for row in opened.index.rows()]
        paths = opened.index._db.query(
            "SELECT path, role, run FROM files JOIN lists ON list = number NATURAL JOIN holds"
        )
        with uses_of(opened) as found:
            read = [(use.run, use.path, use.role) for use in found.of([blob_digest(b"shared")], READ)]
        assert len(rows) == len(read) == _RUNS
        assert {role for _, _, role in read} == {INPUT}
        return rows, [*sorted(paths), *read]


@pytest.mark.parametrize("shared_out", [False, True])
def test_what_is_read_in_small_portions_is_the_same(
    many: Store, monkeypatch: pytest.MonkeyPatch, shared_out: bool
) -> None:
    before = _known(many)
    for name in os.listdir(many.layout.cache):
        os.unlink(f"{many.layout.cache}/{name}")
    for module, name in (
        (indexing, "_FILES"),
        (uses, "_THINGS"),
        (index, "_FILES_AT_ONCE"),
        (noting, "_MOST_USES"),
    ):
        monkeypatch.setattr(module, name, 1)
    if shared_out:
        for module in (indexing, uses):
            monkeypatch.setattr(module, "_MANY", 1)
    assert _known(many) == before
