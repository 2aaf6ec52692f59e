"""Trees and files from the store onto the disk, also those that a stranger has made."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.folders import keep, read

from runlore.records import tree
from runlore.records.absent import DAMAGED, MISSING, REFUSED
from runlore.records.hashing import blob_digest
from runlore.store import loose
from runlore.store.restore import Restorer
from runlore.store.store import Store


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def restore(store: Store, digest: bytes, target: Path, **options: Any) -> Restorer:  # noqa: ANN401 - its options
    with Restorer(store.objects, str(target), **options) as restorer:
        restorer.tree(digest)
    return restorer


names = (
    st.binary(min_size=1, max_size=12)
    .map(lambda name: name.replace(b"/", b"-").replace(b"\0", b"0"))
    .filter(lambda name: name not in (b".", b"..") and b"git" not in name.lower() and b"mlrun" not in name.lower())
)
targets = st.binary(min_size=1, max_size=30).filter(lambda target: b"\0" not in target)
files = st.one_of(
    st.binary(max_size=50),
    st.tuples(st.just("x"), st.binary(max_size=50)),
    st.tuples(st.just("l"), targets),
    st.integers((128 << 10) - 1, (128 << 10) + 1).map(lambda size: b"z" * size),
)
folders = st.recursive(
    st.dictionaries(names, files, max_size=4), lambda below: st.dictionaries(names, files | below, max_size=4)
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=folders)
def test_what_was_kept_comes_back(store: Store, tmp_path: Path, made: dict[bytes, Any]) -> None:
    target = tmp_path / os.urandom(8).hex()
    target.mkdir()
    restorer = restore(store, keep(store, made), target)
    assert restorer.missing == []
    assert read(os.fsencode(target)) == made


def test_modes_are_those_that_a_new_file_would_have(store: Store, target: Path) -> None:
    before = os.umask(0o027)
    try:
        restore(store, keep(store, {b"f": b"1", b"x": ("x", b"2"), b"d": {}, b"big": b"3" * 200_000}), target)
    finally:
        os.umask(before)
    modes = {name: (target / name).stat().st_mode & 0o777 for name in ("f", "x", "d", "big")}
    assert modes == {"f": 0o640, "x": 0o750, "d": 0o750, "big": 0o640}


def test_long_runs_of_zeros_become_holes(store: Store, target: Path) -> None:
    data = bytes(3 << 20) + b"x" + bytes(5 << 20) + b"end" + bytes(100_000)
    restore(store, keep(store, {b"sparse": data}), target)
    assert (target / "sparse").read_bytes() == data
    assert (target / "sparse").stat().st_blocks * 512 < 1 << 20


def test_only_what_is_not_in_the_store_is_missing(store: Store, target: Path) -> None:
    kept = keep(store, {b"here": b"1"})
    only_hashed = keep(store, {b"big": b"2" * 300_000, b"small": b"3"}, blobs=False)
    with Restorer(store.objects, str(target)) as restorer:
        restorer.tree(kept)
        restorer.tree(only_hashed, b"data")
        restorer.tree(bytes(32), b"lost")
    assert [(each.path, each.size, each.why) for each in restorer.missing] == [
        ("data/big", 300_000, MISSING),
        ("data/small", 1, MISSING),
        ("lost", 0, MISSING),
    ]
    assert read(os.fsencode(target)) == {b"here": b"1", b"data": {}}


@pytest.mark.parametrize("link", [False, True])
def test_damaged_bytes_are_not_left_on_the_disk(store: Store, target: Path, link: bool) -> None:
    digest = keep(store, {b"big": b"1" * 300_000, b"small": b"fine"})
    path = loose.path_of(store.layout.objects, blob_digest(b"1" * 300_000))
    os.chmod(path, 0o644)
    with open(path, "r+b") as file:
        file.write(b"0")
    restorer = restore(store, digest, target, link=link)
    assert [(each.path, each.why) for each in restorer.missing] == [("big", DAMAGED)]
    assert read(os.fsencode(target)) == {b"small": b"fine"}


def test_hard_links_are_made_only_when_asked_and_never_of_programs(store: Store, target: Path) -> None:
    digest = keep(store, {b"big": b"1" * 300_000, b"program": ("x", b"2" * 300_000), b"small": b"3"})
    (target / "linked").mkdir()
    (target / "copied").mkdir()
    restore(store, digest, target / "linked", link=True)
    restore(store, digest, target / "copied")
    kept = os.stat(loose.path_of(store.layout.objects, blob_digest(b"1" * 300_000)))
    linked = (target / "linked" / "big").stat()
    assert linked.st_ino == kept.st_ino or linked.st_nlink == 1  # where blocks can be shared that is better
    assert (target / "copied" / "big").stat().st_ino != kept.st_ino
    assert (target / "linked" / "program").stat().st_nlink == 1
    assert read(os.fsencode(target / "linked")) == read(os.fsencode(target / "copied"))


RESERVED = [
    *(b".git", b".GIT", b".Git", b".git ", b".git.", b".git. .", b"git~1", b"GIT~1", b".git::$INDEX_ALLOCATION"),
    *(b".g\xe2\x80\x8cit", b"\xef\xbb\xbf.git", b".mlrun", b".MLRUN", b".ml\xe2\x81\xaarun", b"x\\.git\\y", b"mlrun~1"),
]


@pytest.mark.parametrize("name", RESERVED)
def test_what_could_pass_for_a_repository_or_a_store_is_refused(store: Store, target: Path, name: bytes) -> None:
    hostile = {name: {b"config": b"[core] fsmonitor = evil"}, b"deep": {b"er": {name: b"gitdir: /evil"}}, b"fine": b"1"}
    restorer = restore(store, keep(store, hostile), target)
    assert {(os.fsencode(each.path), each.why) for each in restorer.missing} == {
        (name, REFUSED),
        (b"deep/er/" + name, REFUSED),
    }
    assert read(os.fsencode(target)) == {b"deep": {b"er": {}}, b"fine": b"1"}


@pytest.mark.parametrize("name", [b".gitignore", b".github", b"git", b"mlrun", b".git-x", b"x.git", b".mlrunrc"])
def test_names_that_only_begin_like_that_are_not(store: Store, target: Path, name: bytes) -> None:
    assert restore(store, keep(store, {name: b"1"}), target).missing == []
    assert read(os.fsencode(target)) == {name: b"1"}


@pytest.mark.parametrize("path", [b"../out", b"/abs", b"a/../../out", b"a//b", b"a/./b", b"", b"a/", b"n\0l", b".."])
def test_a_path_that_leaves_the_folder_is_refused(store: Store, target: Path, path: bytes) -> None:
    with store.writer() as writer:
        digest = writer.add_blob(b"1")
    with Restorer(store.objects, str(target)) as restorer:
        restorer.file(digest, tree.FILE, path)
        restorer.tree(keep(store, {b"x": b"1"}), path or b"..")
    assert [each.why for each in restorer.missing] == [REFUSED, REFUSED]
    assert [path.name for path in target.parent.iterdir() if path.name != ".mlrun"] == ["target"]
    assert not any(path.is_file() for path in target.rglob("*"))


def test_nothing_is_written_through_a_link(store: Store, target: Path) -> None:
    outside = target.parent / "outside"
    outside.mkdir()
    (outside / "there").write_text("mine")
    link = ("l", os.fsencode(outside))
    (target / "planted").symlink_to(outside)
    (target / "file").symlink_to(outside / "there")
    with Restorer(store.objects, str(target)) as restorer:
        restorer.tree(keep(store, {b"a": link}))
        restorer.file(blob_digest(b"1"), tree.FILE, b"a/b")
        restorer.tree(keep(store, {b"c": b"1"}), b"a")
        restorer.tree(keep(store, {b"planted": {b"evil": b"1"}, b"file": b"1"}))
    assert [(each.path, each.why) for each in restorer.missing] == [
        ("a/b", REFUSED),
        ("a", REFUSED),
        ("file", REFUSED),
        ("planted", REFUSED),
    ]
    assert [path.name for path in outside.iterdir()] == ["there"]
    assert (outside / "there").read_text() == "mine"


def test_a_link_planted_between_two_steps_is_not_followed(store: Store, target: Path) -> None:
    outside = target.parent / "outside"
    outside.mkdir()

    def plant(_: int) -> None:
        if not (target / "moved").exists():
            (target / "d").rename(target / "moved")
            (target / "d").symlink_to(outside)

    made = {b"d": {b"1": b"1", b"2": b"2", b"e": {b"3": b"3"}}}
    restorer = restore(store, keep(store, made), target, on_write=plant)
    assert [path.name for path in outside.iterdir()] == []
    assert [(each.path, each.why) for each in restorer.missing] == [("d/e", REFUSED)]


@pytest.mark.parametrize("link", [b"", b"a\0b", b"x" * 4096, b"x" * 300_000])
def test_a_link_that_cannot_be_is_refused(store: Store, target: Path, link: bytes) -> None:
    assert [each.why for each in restore(store, keep(store, {b"l": ("l", link)}), target).missing] == [REFUSED]


def test_a_name_that_this_file_system_cannot_have_is_refused(store: Store, target: Path) -> None:
    made = {b"n" * 300: b"1", b"d" * 300: {b"x": b"1"}, b"ok": b"1"}
    restorer = restore(store, keep(store, made), target)
    assert sorted((each.path[0], each.why) for each in restorer.missing) == [("d", REFUSED), ("n", REFUSED)]


def test_a_tree_without_an_end_is_refused_in_time(store: Store, target: Path) -> None:
    with store.writer() as writer:
        digest = writer.add_tree([tree.Entry(b"file", tree.FILE, writer.add_blob(b"1"), 1)])
        for _ in range(3000):
            digest = writer.add_tree([tree.Entry(b"d", tree.FOLDER, digest, 1)])
    (absent,) = restore(store, digest, target).missing
    assert (absent.why, absent.detail) == (REFUSED, "it is too deep")


def test_what_was_restored_first_stands(store: Store, target: Path) -> None:
    with Restorer(store.objects, str(target)) as restorer:
        with store.writer() as writer:
            restorer_input = writer.add_blob(b"as it was read")
        restorer.file(restorer_input, tree.FILE, b"data/x")
        restorer.tree(keep(store, {b"data": {b"x": b"as it was committed", b"y": b"2"}}))
    assert restorer.missing == []
    assert read(os.fsencode(target)) == {b"data": {b"x": b"as it was read", b"y": b"2"}}


def test_a_store_that_cannot_be_written_can_be_read(tmp_path: Path, target: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    with Store.create(str(tmp_path / "other" / ".mlrun")) as store:
        digest = keep(store, {b"a": b"1", b"big": b"2" * 300_000})
    below = [path for path in (tmp_path / "other").rglob("*") if path.is_dir()]
    for path in below:
        path.chmod(0o500)
    try:
        with Store(str(tmp_path / "other" / ".mlrun")) as store:
            assert restore(store, digest, target).missing == []
    finally:
        for path in below:
            path.chmod(0o700)


@pytest.fixture
def folding(tmp_path: Path) -> str:
    """A library that lets "A" and "a" be the same for the process into which it is loaded."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("there is no C compiler")
    library = os.fspath(tmp_path / "folding.so")
    source = os.fspath(Path(__file__).with_name("folding.c"))
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


def test_names_that_are_the_same_here_do_not_meet(store: Store, target: Path, folding: str) -> None:
    made = {
        b"File": b"1",
        b"file": b"2",
        b"Folder": {b"x": b"1", b"other": b"1"},
        b"folder": {b"x": b"2", b"evil": b"3"},
        b"LINK": ("l", b"/"),
        b"link": {b"evil": b"4"},
        b"same": {b"x": b"5"},
    }
    digest = keep(store, made).hex()
    script = (
        "import sys\n"
        "from runlore.store.restore import Restorer\n"
        "from runlore.store.store import Store\n"
        "with Store(sys.argv[1]) as store, Restorer(store.objects, sys.argv[2]) as restorer:\n"
        "    restorer.tree(bytes.fromhex(sys.argv[3]))\n"
        "    print(*sorted(f'{each.path} {each.why}' for each in restorer.missing), sep='\\n')\n"
    )
    command = [sys.executable, "-c", script, store.layout.root, os.fspath(target), digest]
    done = subprocess.run(
        command, env={**os.environ, "LD_PRELOAD": folding}, capture_output=True, text=True, check=True
    )
    there = read(os.fsencode(target))
    assert len(done.stdout.splitlines()) == 3
    assert all(line.endswith(" refused") for line in done.stdout.splitlines())
    assert sorted(name.lower() for name in there) == [b"file", b"folder", b"link", b"same"]
    assert there[b"same"] == {b"x": b"5"}
    for name in (b"File", b"file", b"Folder", b"folder", b"LINK", b"link"):
        assert there.get(name, made[name]) == made[name]
