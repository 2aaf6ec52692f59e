"""What a tree has at a path."""

import os
from pathlib import Path

from runlore.records import tree
from runlore.records.hashing import DIGEST_SIZE
from runlore.store.paths import Paths
from runlore.store.store import Store


def test_files_and_folders_are_found_by_their_path_from_the_top_alone(tmp_path: Path) -> None:
    with Store.create(os.fspath(tmp_path / ".mlrun")) as store:
        with store.writer() as writer:
            blob = writer.add_blob(b"x")
            inner = writer.add_tree([tree.Entry(b"a.py", tree.FILE, blob, 1)])
            root = writer.add_tree([tree.Entry(b"src", tree.FOLDER, inner, 1), tree.Entry(b"b", tree.FILE, blob, 1)])
        paths = Paths(store.objects, root.hex())
        assert [found and found.kind for found in map(paths.entry, (b"src/a.py", b"src", b"b"))] == [b"f", b"d", b"f"]
        for elsewhere in (b"/src/a.py", b"a.py", b"src/b", b"b/a.py", b"", b"../b", b"x/" * 3000 + b"b"):
            assert paths.entry(elsewhere) is None


def test_a_tree_that_is_missing_or_damaged_has_nothing(tmp_path: Path) -> None:
    with Store.create(os.fspath(tmp_path / ".mlrun")) as store:
        assert Paths(store.objects, None).entry(b"a") is None
        assert Paths(store.objects, bytes(DIGEST_SIZE).hex()).entry(b"a/b") is None
