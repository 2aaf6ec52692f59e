"""Trees with some of their files replaced, added or taken away."""

import os
from pathlib import Path

from runlore.records import tree
from runlore.store.store import Store
from runlore.store.treeedit import edited


def test_a_folder_that_became_a_file_is_one(tmp_path: Path) -> None:
    with Store.create(os.fspath(tmp_path / ".mlrun")) as store:
        with store.writer() as writer:
            file = tree.Entry(b"k", tree.FILE, writer.add_blob(b"1"), 1)
            root = edited(store.objects, writer, None, {b"z/k": file})
        with store.writer() as writer:
            assert root is not None
            found = edited(store.objects, writer, root.digest, {b"z/k": None, b"z": file})
        assert found is not None
        assert [(each.name, each.kind) for each in store.objects.tree(found.digest)] == [(b"z", tree.FILE)]


def test_it_has_the_id_that_the_files_have_however_they_came_together(tmp_path: Path) -> None:
    with Store.create(os.fspath(tmp_path / ".mlrun")) as store, store.writer() as writer:
        one, two = (tree.Entry(b"", tree.FILE, writer.add_blob(data), len(data)) for data in (b"1", b"22"))
        at_once = edited(store.objects, writer, None, {b"a/b/one": one, b"a/two": two, b"three": one})
    assert at_once is not None
    assert at_once.size == 4
    with store.writer() as writer:
        first = edited(store.objects, writer, None, {b"a/b/one": two, b"a/b/gone": one})
    assert first is not None
    with store.writer() as writer:
        files = {b"a/b/one": one, b"a/b/gone": None, b"a/two": two, b"three": one}
        assert edited(store.objects, writer, first.digest, files) == at_once
    with store.writer() as writer:
        assert edited(store.objects, writer, at_once.digest, dict.fromkeys((b"a/b/one", b"a/two", b"three"))) is None
