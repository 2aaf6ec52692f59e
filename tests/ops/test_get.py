"""One file of a run, and which one is meant."""

import os
from pathlib import Path

import pytest
from tests.ops.rebuilding import new_store, record
from tests.store.folders import read

from runlore.errors import CannotRebuildError, CorruptError, NoSuchFileError, RefusedError, UsageError
from runlore.ops import get
from runlore.ops.rebuilt import Got
from runlore.records.hashing import blob_digest
from runlore.store import loose
from runlore.store.store import Store

MANY = {b"1": b"1", b"deep": {b"2": b"2"}}
LARGE = os.urandom(200_000)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    with new_store(tmp_path / "project") as store:
        record(
            store,
            {b"train.py": ("x", b"code"), b"sub": {b"mod.py": b"mod", b"train.py": b"other"}, b"l": ("l", b"train.py")},
            inputs={
                "data.csv": b"read",
                "both": b"before",
                "many": {b"1": b"1", b"deep": {b"2": b"2"}},
                "/abs/x": b"a",
            },
            lost={"huge.bin": b"h" * 9},
            config={"conf/local.yaml": b"lr: 1"},
            outputs={"out/model.pt": LARGE, "out/log": b"log", "both": b"after"},
        )
    (tmp_path / "project" / "sub").mkdir()
    return tmp_path / "project"


def go(project: Path, path: str, to: str | None = "new", *, force: bool = False, only_inputs: bool = False) -> Got:
    return get.get(
        os.fspath(project), get.Wanted("@", path, only_inputs), to, force=force, environ={}, progress=lambda *_: None
    )


def content(project: Path, path: str, *, only_inputs: bool = False) -> bytes:
    return b"".join(
        get.read(os.fspath(project), get.Wanted("@", path, only_inputs), environ={}, progress=lambda *_: None)
    )


@pytest.mark.parametrize(
    ("path", "role", "data"),
    [
        ("out/model.pt", "output", LARGE),
        ("data.csv", "input", b"read"),
        ("./data.csv", "input", b"read"),
        ("many/deep/2", "input", b"2"),
        ("conf/local.yaml", "config", b"lr: 1"),
        ("train.py", "code", b"code"),
        ("sub/../train.py", "code", b"code"),
        ("both", "output", b"after"),
        ("/abs/x", "input", b"a"),
    ],
)
def test_a_file_is_found_by_its_path(project: Path, path: str, role: str, data: bytes) -> None:
    got = go(project, path)
    assert (got.role, got.target, got.files, got.bytes) == (role, os.fspath(project / "new"), 1, len(data))
    assert (project / "new").read_bytes() == data
    assert content(project, path) == data


def test_what_a_run_read_can_be_told_from_what_it_made(project: Path) -> None:
    assert go(project, "both", only_inputs=True).role == "input"
    assert (project / "new").read_bytes() == b"before"
    with pytest.raises(NoSuchFileError):
        go(project, "out/log", only_inputs=True)


def test_a_path_is_relative_to_the_top_or_else_to_the_folder(project: Path) -> None:
    sub = project / "sub"
    assert content(sub, "train.py") == b"code"
    assert content(sub, "./train.py") == b"other"
    assert content(sub, "../train.py") == b"code"
    assert content(sub, "mod.py") == b"mod"
    assert content(sub, os.fspath(sub / "mod.py")) == b"mod"


def test_modes_and_links_are_those_of_the_run(project: Path) -> None:
    go(project, "train.py")
    assert (project / "new").stat().st_mode & 0o100
    go(project, "l", "link")
    assert os.readlink(project / "link") == "train.py"


@pytest.mark.parametrize(
    ("to", "where"),
    [(None, "data.csv"), ("x", "x"), ("sub", "sub/data.csv"), ("fresh/", "fresh/data.csv"), ("a/b/c", "a/b/c")],
)
def test_it_goes_where_it_is_wanted(project: Path, to: str | None, where: str) -> None:
    assert go(project, "data.csv", to).target == os.fspath(project / where)
    assert (project / where).read_bytes() == b"read"
    assert not list(project.rglob(".mlrun-checkout-*"))


def test_a_folder_comes_with_everything_below(project: Path) -> None:
    assert go(project, "out").files == 2
    assert read(os.fsencode(project / "new")) == {b"model.pt": LARGE, b"log": b"log"}
    assert go(project, "many", None).role is None
    assert read(os.fsencode(project / "many")) == MANY
    go(project, "sub", "code")
    assert read(os.fsencode(project / "code")) == {b"mod.py": b"mod", b"train.py": b"other"}


def test_everything_comes_into_a_folder_that_is_named(project: Path) -> None:
    got = go(project, ".", "all")
    assert [each.path for each in got.missing] == ["huge.bin"]
    assert got.exit_code == 15
    there = read(os.fsencode(project / "all"))
    assert (there[b"both"], sorted(there)) == (
        b"after",
        [b"both", b"conf", b"data.csv", b"l", b"many", b"out", b"sub", b"train.py"],
    )
    with pytest.raises(UsageError):
        go(project, ".", None)
    with pytest.raises(UsageError, match="is a folder"):
        content(project, "out")


def test_another_file_is_replaced_only_by_force(project: Path) -> None:
    (project / "data.csv").write_text("mine")
    with pytest.raises(RefusedError, match="other files of these names") as caught:
        go(project, "data.csv", None)
    assert "--force" in str(caught.value.hint)
    assert (project / "data.csv").read_text() == "mine"
    go(project, "data.csv", None, force=True)
    before = (project / "data.csv").stat()
    go(project, "data.csv", None)
    after = (project / "data.csv").stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )
    (project / "out" / "log").mkdir(parents=True)
    with pytest.raises(RefusedError):
        go(project, "out", None, force=True)


def test_a_link_there_is_not_written_through(project: Path) -> None:
    (project / "mine").write_text("mine")
    (project / "new").symlink_to("mine")
    with pytest.raises(RefusedError):
        go(project, "data.csv")
    go(project, "data.csv", force=True)
    assert ((project / "mine").read_text(), (project / "new").is_symlink()) == ("mine", False)


def test_a_wrong_path_says_what_there_is_like_it(project: Path) -> None:
    def hint(path: str) -> str:
        with pytest.raises(NoSuchFileError) as caught:
            go(project, path)
        return str(caught.value.hint)

    assert hint("model.pt") == "did you mean out/model.pt"
    assert hint("trian.py").startswith("did you mean train.py")
    assert hint("train.py/x")
    assert hint("\ud800")
    assert hint("../out")


def test_what_is_not_there_is_said(project: Path) -> None:
    with pytest.raises(CannotRebuildError, match="not in the store") as caught:
        go(project, "huge.bin")
    assert blob_digest(b"h" * 9).hex() in str(caught.value.hint)
    with pytest.raises(CannotRebuildError):
        content(project, "huge.bin")
    assert not (project / "new").exists()


@pytest.fixture
def damaged(project: Path) -> Path:
    with Store(os.fspath(project / ".mlrun")) as store:
        path = loose.path_of(store.layout.objects, blob_digest(LARGE))
    os.chmod(path, 0o644)
    with open(path, "r+b") as file:
        file.write(b"0123456789")
    return project


def test_damaged_bytes_do_not_appear(damaged: Path) -> None:
    with pytest.raises(CorruptError, match=r"out/model.pt"):
        go(damaged, "out/model.pt")
    with pytest.raises(CorruptError):
        content(damaged, "out/model.pt")
    got = go(damaged, "out", "folder")
    assert (got.exit_code, [each.path for each in got.missing]) == (13, ["model.pt"])
    assert read(os.fsencode(damaged / "folder")) == {b"log": b"log"}
    assert not (damaged / "new").exists()


@pytest.mark.parametrize("to", [".mlrun/x", ".mlrun/objects/x", "sub/.git", "x/.mlrun"])
def test_nothing_is_put_into_a_store_or_in_the_place_of_a_repository(project: Path, to: str) -> None:
    with pytest.raises((UsageError, RefusedError)):
        go(project, "data.csv", to)
    assert not (project / to).exists()
