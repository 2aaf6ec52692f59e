"""What a run touched goes into the store: hashed always, kept within the limits."""

import os
import pathlib

import pytest

from runlore.capture.access.taken import Found, Taker
from runlore.capture.content import state_of
from runlore.records import tree
from runlore.records.hashing import ObjectId, blob_digest
from runlore.records.run import FileRef
from runlore.store.store import Store


@pytest.fixture
def top(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def found(path: pathlib.Path, where: pathlib.Path | None = None, role: str = "data") -> Found:
    state = state_of(path.stat()) if path.exists() else b""
    return Found(os.fsencode(path), state, os.fsencode(where or path), role)


def take(top: pathlib.Path, *files: Found, settings: str = "") -> tuple[tuple[FileRef, ...], list[str], Store]:
    """The references, the codes of the warnings, and the store."""
    store = Store.create(f"{top}/.mlrun")
    if settings:
        pathlib.Path(store.layout.config).write_text(settings)
    with store.writer() as writer:
        taker = Taker(store, writer, str(top))
        refs = taker.take(files)
    store.stats.flush()
    return refs, [warning.code for warning in taker.warnings], store


def test_a_file_is_named_from_the_top_and_kept(top: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (top / "train.csv").write_bytes(b"1,2\n")
    (tmp_path / "other.csv").write_bytes(b"3,4\n")
    refs, warnings, store = take(top, found(top / "train.csv"), found(tmp_path / "other.csv", role="code"))
    digests = [ObjectId(blob_digest(text).hex()) for text in (b"3,4\n", b"1,2\n")]
    assert refs == (
        FileRef(f"{tmp_path}/other.csv", digests[0], 4, stored=True, how="traced", kind="f", role="code"),
        FileRef("train.csv", digests[1], 4, stored=True, how="traced", kind="f", role="data"),
    )
    assert warnings == []
    assert store.objects.blob(bytes.fromhex(refs[1].oid)) == b"1,2\n"


def test_what_is_too_large_is_hashed_only(top: pathlib.Path) -> None:
    (top / "big").write_bytes(b"x" * 3000)
    (top / "small").write_bytes(b"y" * 900)
    (top / "second").write_bytes(b"z" * 901)
    settings = '[trace]\nfile-limit = "2000B"\ntotal-limit = "1000B"\n'
    refs, _, store = take(top, *(found(top / name) for name in ("small", "second", "big")), settings=settings)
    kept = {ref.path: ref.stored for ref in refs}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(top)
        for ref in refs:
            assert blob_digest(pathlib.Path(ref.path).read_bytes()).hex() == ref.oid
            assert store.objects.has(bytes.fromhex(ref.oid), b"b") is ref.stored
    assert kept["small"]
    assert sum(kept.values()) == 1 or all(kept.values())  # where the file system shares blocks, keeping is free


def test_nothing_is_kept_where_the_settings_say_so(top: pathlib.Path) -> None:
    (top / "train.csv").write_bytes(b"1,2\n")
    refs, _, store = take(top, found(top / "train.csv"), settings='[data]\nstore = "none"\n')
    assert not refs[0].stored
    assert not store.objects.has(bytes.fromhex(refs[0].oid), b"b")


def test_bytes_that_were_set_aside_count_for_the_path_they_had(top: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (top / "state.pt").write_bytes(b"after")
    (tmp_path / "0").write_bytes(b"before")
    refs, warnings, _ = take(top, found(top / "state.pt", where=tmp_path / "0"))
    assert [(ref.path, ref.oid) for ref in refs] == [("state.pt", blob_digest(b"before").hex())]
    assert warnings == []


def test_a_file_that_changed_since_it_was_read_is_told(top: pathlib.Path) -> None:
    (top / "a").write_bytes(b"1")
    before = found(top / "a")
    (top / "a").write_bytes(b"12")
    gone = Found(os.fsencode(top / "b"), b"", b"", "data")
    refs, warnings, _ = take(top, before, gone)
    assert [ref.path for ref in refs] == ["a"]
    assert warnings == ["file-changed-during-run", "file-changed-during-run"]


def test_very_many_files_of_a_folder_are_one_tree(top: pathlib.Path) -> None:
    for folder in ("data/cats", "data/dogs"):
        (top / folder).mkdir(parents=True)
        for number in range(101):
            (top / folder / f"{number:03}.png").write_bytes(b"%s %d" % (folder.encode(), number))
    (top / "data/cats/never-read.png").write_bytes(b"")
    names = [path for path in (top / "data").rglob("*.png") if path.name != "never-read.png"]
    (top / "labels.csv").write_bytes(b"x")
    refs, warnings, store = take(top, *map(found, names), found(top / "labels.csv"))
    assert [(ref.path, ref.kind, ref.stored) for ref in refs] == [
        ("data/cats", "d", True),
        ("data/dogs", "d", True),
        ("labels.csv", "f", True),
    ]
    entries = store.objects.tree(bytes.fromhex(refs[0].oid))
    assert [entry.name for entry in entries] == [b"%03d.png" % number for number in range(101)]
    assert refs[0].size == sum(entry.size for entry in entries)
    assert store.objects.blob(entries[7].digest) == b"data/cats 7"
    assert warnings == []


def test_folders_full_of_folders_are_one_tree(top: pathlib.Path) -> None:
    for number in range(101):
        (top / f"data/{number:03}").mkdir(parents=True)
        (top / f"data/{number:03}/x.txt").write_bytes(b"%d" % number)
    refs, _, store = take(top, *(found(path) for path in (top / "data").rglob("x.txt")))
    assert [(ref.path, ref.kind) for ref in refs] == [("data", "d")]
    entries = store.objects.tree(bytes.fromhex(refs[0].oid))
    assert len(entries) == 101
    assert {entry.kind for entry in entries} == {tree.FOLDER}


def test_the_same_again_reads_nothing(top: pathlib.Path) -> None:
    (top / "train.csv").write_bytes(b"1,2\n")
    os.utime(top / "train.csv", (1, 1))
    with Store.create(f"{top}/.mlrun") as store:
        counts = []
        for _ in range(2):
            read: list[int] = []
            with store.writer() as writer:
                Taker(store, writer, str(top), read.append).take([found(top / "train.csv")])
            counts.append(len(read))
            wait_for_the_clock(store, top / "train.csv")
        with store.writer() as writer:
            Taker(store, writer, str(top), read.append).take([found(top / "train.csv")])
        assert counts[0] == 1
        assert len(read) == counts[1]


def wait_for_the_clock(store: Store, path: pathlib.Path) -> None:
    """Until a change to the file would show in its times."""
    while store.clock() <= path.stat().st_ctime_ns:
        pass
