import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runlore.capture.snapshot import File, Folder, Snapshot
from runlore.records import tree
from runlore.records.hashing import blob_digest
from runlore.store.store import Store

EVER = 1 << 62
"""A clock far in the future: everything counts as settled."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(str(tmp_path / "store" / ".mlrun")) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    return made


class Taken:
    """One snapshot of a flat folder into a store, and what it read."""

    def __init__(self, store: Store, folder: Path, *, settled: int = EVER, keep: bool = True) -> None:
        self.read: list[int] = []
        files = [File(os.fsencode(entry.name), entry.stat(follow_symlinks=False), keep) for entry in os.scandir(folder)]
        with store.writer() as writer:
            snapshot = Snapshot(store.stats, writer, settled=settled, prefix=b"c:", on_read=self.read.append)
            self.root = snapshot.folder(b"c:", os.fsencode(folder), files, ())
        store.stats.flush()
        self.omitted = snapshot.omitted
        self.warnings = snapshot.warnings
        self.entries = {entry.name: entry for entry in store.objects.tree(self.root.digest)}


def test_content_mode_links_and_odd_names_are_kept(store: Store, folder: Path) -> None:
    (folder / "plain").write_bytes(b"1")
    (folder / "run.sh").write_bytes(b"22")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("nowhere/at/all")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\n")).write_bytes(b"333")
    entries = Taken(store, folder).entries
    assert {name: (entry.kind, entry.size) for name, entry in entries.items()} == {
        b"plain": (tree.FILE, 1),
        b"run.sh": (tree.EXECUTABLE, 2),
        b"link": (tree.SYMLINK, len("nowhere/at/all")),
        b"\xff\n": (tree.FILE, 3),
    }
    assert store.objects.blob(entries[b"link"].digest) == b"nowhere/at/all"
    assert store.objects.blob(entries[b"\xff\n"].digest) == b"333"


def test_an_unchanged_folder_is_not_read_again(store: Store, folder: Path) -> None:
    (folder / "a").write_bytes(b"1")
    (folder / "b").write_bytes(b"2")
    first = Taken(store, folder)
    again = Taken(store, folder)
    assert (first.read, again.read) == ([1, 1], [])
    assert again.root == first.root == Folder(first.root.digest, 2, 2)


def test_of_a_changed_folder_only_the_changed_file_is_read(store: Store, folder: Path) -> None:
    for name in "abc":
        (folder / name).write_bytes(name.encode())
    Taken(store, folder)
    (folder / "b").write_bytes(b"longer")
    again = Taken(store, folder)
    assert again.read == [6]
    assert again.entries[b"b"].digest == blob_digest(b"longer")


def test_an_edit_whose_mtime_was_put_back_is_seen(store: Store, folder: Path) -> None:
    path = folder / "a"
    path.write_bytes(b"1")
    Taken(store, folder)
    before = path.stat()
    time.sleep(0.02)
    path.write_bytes(b"2")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert Taken(store, folder).entries[b"a"].digest == blob_digest(b"2")


def test_a_file_changed_at_the_time_of_the_snapshot_is_not_remembered(store: Store, folder: Path) -> None:
    path = folder / "a"
    path.write_bytes(b"1")
    now = path.stat().st_mtime_ns
    Taken(store, folder, settled=now)
    assert Taken(store, folder, settled=now).read == [1]
    assert Taken(store, folder, settled=now + 1).read == [1]
    assert Taken(store, folder, settled=now + 1).read == []


def test_a_file_remembered_by_hash_alone_is_read_when_its_bytes_are_wanted(store: Store, folder: Path) -> None:
    path = folder / "a"
    path.write_bytes(os.urandom(3 << 20))
    hashed = Taken(store, folder, keep=False)
    if not hashed.omitted:
        pytest.skip("this file system shares blocks: it is kept for nothing")
    assert [(ref.path, ref.size, ref.stored) for ref in hashed.omitted] == [(str(path), 3 << 20, False)]
    again = Taken(store, folder, keep=False)
    assert (again.read, [ref.oid for ref in again.omitted]) == ([], [ref.oid for ref in hashed.omitted])
    kept = Taken(store, folder)
    assert (kept.read, kept.omitted) == ([3 << 20], [])
    assert store.objects.blob(kept.entries[b"a"].digest) == path.read_bytes()


def test_a_file_that_cannot_be_read_is_a_warning_and_the_rest_is_kept(store: Store, folder: Path) -> None:
    (folder / "a").write_bytes(b"1")
    (folder / "gone").write_bytes(b"2")
    listed = [File(name, os.stat(os.fsencode(folder) + b"/" + name), keep=True) for name in (b"a", b"gone")]
    (folder / "gone").unlink()
    with store.writer() as writer:
        snapshot = Snapshot(store.stats, writer, settled=EVER, prefix=b"c:")
        root = snapshot.folder(b"c:", os.fsencode(folder), listed, ())
    assert [entry.name for entry in store.objects.tree(root.digest)] == [b"a"]
    assert [(warning.code, str(folder / "gone") in warning.message) for warning in snapshot.warnings] == [
        ("file-unreadable", True)
    ]


def test_a_file_replaced_by_a_fifo_after_it_was_listed_is_not_waited_for(store: Store, folder: Path) -> None:
    path = folder / "a"
    path.write_bytes(b"1")
    listed = [File(b"a", path.stat(), keep=True)]
    path.unlink()
    os.mkfifo(path)
    with store.writer() as writer:
        snapshot = Snapshot(store.stats, writer, settled=EVER, prefix=b"c:")
        snapshot.folder(b"c:", os.fsencode(folder), listed, ())
    assert [warning.code for warning in snapshot.warnings] == ["file-unreadable"]


def test_a_folder_that_contains_another_changes_with_it(store: Store, folder: Path) -> None:
    (folder / "a").write_bytes(b"1")
    files = [File(b"a", (folder / "a").stat(), keep=True)]
    roots = []
    for content in (b"x", b"y"):
        with store.writer() as writer:
            snapshot = Snapshot(store.stats, writer, settled=EVER, prefix=b"c:")
            below = writer.add_tree([tree.Entry(b"inner", tree.FILE, writer.add_blob(content), 1)])
            roots.append(snapshot.folder(b"c:", os.fsencode(folder), files, [(b"sub", Folder(below, 1, 1))]))
        store.stats.flush()
    assert roots[0].digest != roots[1].digest
    assert (roots[0].files, roots[0].bytes) == (2, 2)


def test_what_the_cache_says_of_a_tree_that_is_not_in_the_store_is_not_believed(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    (folder / "a").write_bytes(b"1")
    Taken(store, folder)
    with Store.create(str(tmp_path / "fresh" / ".mlrun")) as fresh:
        os.replace(store.layout.cache + "/stat.db", fresh.layout.cache + "/stat.db")
        assert Taken(fresh, folder).read == [1]
        assert fresh.objects.blob(blob_digest(b"1")) == b"1"


def test_a_damaged_row_of_the_cache_is_no_row(store: Store, folder: Path) -> None:
    (folder / "a").write_bytes(b"1")
    first = Taken(store, folder)
    store.close()
    path = Path(store.layout.cache, "stat.db")
    data = path.read_bytes()
    assert data.count(first.root.digest) == 1
    path.write_bytes(data.replace(first.root.digest, b"\xee" * 32))
    assert Taken(store, folder).root == first.root


def test_size_zero_and_sizes_around_every_boundary_come_back(store: Store, folder: Path) -> None:
    sizes = [0, 1, (128 << 10) - 1, 128 << 10, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (4 << 20) + 1]
    for size in sizes:
        (folder / str(size)).write_bytes(os.urandom(size))
    taken = Taken(store, folder)
    for size in sizes:
        entry = taken.entries[str(size).encode()]
        assert entry.size == size
        assert store.objects.blob(entry.digest) == (folder / str(size)).read_bytes()
    assert all(stat.S_ISREG((folder / str(size)).stat().st_mode) for size in sizes)
