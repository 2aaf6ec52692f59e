"""A few small trees that name each other in as many places as there are files in the world."""

from pathlib import Path

from tests.ops.rebuilding import new_store
from tests.store.folders import keep_tree

from runlore.records.hashing import blob_digest
from runlore.records.tree import FILE, FOLDER, Entry
from runlore.store.treediff import changes
from runlore.store.whole import lacking_below
from runlore.store.writer import ObjectWriter

LEVELS = 200


def bomb(writer: ObjectWriter, leaf: bytes, levels: int = LEVELS) -> bytes:
    kind = FILE
    for _ in range(levels):
        leaf = writer.add_tree([Entry(b"a", kind, leaf, 1), Entry(b"b", kind, leaf, 1)])
        kind = FOLDER
    return leaf


def test_what_a_bomb_lacks_is_found_out(tmp_path: Path) -> None:
    with new_store(tmp_path / "project") as store:
        with store.writer() as writer:
            whole = bomb(writer, writer.add_blob(b"x")).hex()
            hollow = bomb(writer, blob_digest(b"nowhere")).hex()
        assert list(lacking_below(store.objects, whole)) == []
        assert len(list(lacking_below(store.objects, hollow))) >= 100_000


def test_bombs_are_compared(tmp_path: Path) -> None:
    with new_store(tmp_path / "project") as store:
        with store.writer() as writer:
            one, two = (bomb(writer, writer.add_blob(data)) for data in (b"1", b"2"))
            deep = writer.add_blob(b"3")
            for level in range(3000):
                deep = writer.add_tree([Entry(b"a", FOLDER if level else FILE, deep, 1)])
            empty = keep_tree(writer, {})
        assert len(changes(store.objects, one, two).modified) > 0
        assert len(changes(store.objects, one, empty).removed) > 0
        assert len(changes(store.objects, empty, deep).added) == 1
