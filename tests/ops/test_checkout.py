"""Where a run is rebuilt, and what of that which is there already is never lost."""

import fcntl
import os
import resource
import signal
from pathlib import Path

import pytest
from tests.capture.gitrepo import ENVIRONMENT, Repo
from tests.ops.rebuilding import new_store, record
from tests.store.folders import read

from runlore.capture.listing import list_code
from runlore.errors import CannotRebuildError, RefusedError, UsageError
from runlore.ops.checkout import Choice, checkout
from runlore.ops.rebuilt import CheckedOut

CODE = {b"train.py": b"1", b"sub": {b"x": b"2", b"empty": {}}, b"link": ("l", b"train.py")}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    with new_store(tmp_path / "project") as store:
        record(store, CODE)
    return tmp_path / "project"


def go(project: Path, target: str, **choice: bool) -> CheckedOut:
    return checkout(os.fspath(project), "@", target, Choice(**choice), os.environ, lambda *_: None)


def contents(folder: Path) -> object:
    return read(os.fsencode(folder))


@pytest.mark.parametrize("target", ["../new", "new", "a/b/c", "../empty", "../empty/deep/er"])
def test_the_folder_is_made_where_it_is_not(project: Path, target: str) -> None:
    (project.parent / "empty").mkdir()
    made = go(project, target)
    assert contents(project / target) == CODE
    assert made.folder == os.path.realpath(project / target)
    assert not list(project.parent.rglob(".mlrun-checkout-*"))


def test_a_store_alone_in_a_folder_is_enough_and_stays(project: Path) -> None:
    go(project, ".")
    there = read(os.fsencode(project))
    assert there.pop(b".mlrun")
    assert there == CODE


def test_a_folder_behind_a_link_is_that_folder(project: Path) -> None:
    (project.parent / "real").mkdir()
    (project / "link-to").symlink_to("../real")
    go(project, "link-to")
    assert contents(project.parent / "real") == CODE


@pytest.mark.parametrize("target", [".mlrun", ".mlrun/tmp/x", "file"])
def test_the_store_and_what_is_no_folder_are_no_targets(project: Path, target: str) -> None:
    (project / "file").touch()
    with pytest.raises(UsageError):
        go(project, target, force=True)


def test_a_folder_with_files_is_refused(project: Path) -> None:
    (project / "mine").write_text("mine")
    with pytest.raises(RefusedError, match="not empty"):
        go(project, ".")
    assert (project / "mine").read_text() == "mine"


def test_what_is_missing_is_added_and_what_is_equal_stays(project: Path) -> None:
    (project / "mine").write_text("mine")
    (project / "sub").mkdir()
    (project / "sub" / "x").write_text("2")
    before = (project / "sub" / "x").stat()
    go(project, ".", force=True)
    there = read(os.fsencode(project))
    del there[b".mlrun"]
    assert there == {**CODE, b"mine": b"mine"}
    after = (project / "sub" / "x").stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda top: (top / "train.py").write_text("mine"),
        lambda top: (top / "train.py").mkdir(),
        lambda top: (top / "sub").write_text("mine"),
        lambda top: (top / "sub").symlink_to("/"),
        lambda top: (top / "train.py").symlink_to("x"),
        lambda top: (top / "link").symlink_to("other"),
        lambda top: os.mkfifo(top / "train.py"),
        lambda top: ((top / "train.py").write_text("1"), (top / "train.py").chmod(0o755)),
    ],
)
def test_nothing_is_changed_if_anything_else_is_there(project: Path, make: object) -> None:
    (project / "into").mkdir()
    make(project / "into")  # type: ignore[operator]  # a function each
    before = sorted(os.listdir(project / "into"))
    with pytest.raises(RefusedError, match="other files of these names"):
        go(project, "into", force=True)
    assert sorted(os.listdir(project / "into")) == before


def test_files_are_replaced_where_that_is_asked_for(project: Path) -> None:
    (project / "into").mkdir()
    (project / "into" / "train.py").write_text("mine")
    (project / "into" / "link").write_text("mine")
    go(project, "into", overwrite=True)
    assert contents(project / "into") == CODE


@pytest.mark.parametrize("there", ["folder", "link to a folder"])
def test_a_folder_is_never_replaced(project: Path, there: str) -> None:
    (project / "into").mkdir()
    if there == "folder":
        (project / "into" / "train.py").mkdir()
    else:
        (project / "into" / "sub").symlink_to("/")
    with pytest.raises(RefusedError):
        go(project, "into", overwrite=True)


@pytest.fixture
def repo(project: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    made = Repo(project)
    made.commit(train__py="committed", __gitignore=".mlrun\nsub/\n")
    return made


def test_what_is_committed_may_be_replaced(repo: Repo) -> None:
    go(repo.top, ".", overwrite=True)
    assert (repo.top / "train.py").read_text() == "1"


@pytest.mark.parametrize("how", ["modified", "staged", "untracked", "ignored", "no git"])
def test_what_git_could_not_give_back_is_never_replaced(repo: Repo, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "sub/x" if how == "ignored" else "train.py"
    if how == "untracked":
        repo.git("rm", "-q", "--cached", "train.py")
        repo.git("commit", "-qm", "untracked")
    repo.write(path, "mine")
    if how == "staged":
        repo.git("add", "train.py")
    if how == "no git":
        monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RefusedError, match="not committed in"):
        go(repo.top, ".", overwrite=True)
    assert (repo.top / path).read_text() == "mine"
    assert not (repo.top / "link").exists()


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_makes_is_not(project: Path) -> None:
    for name in ("dead", "living"):
        (project.parent / f".mlrun-checkout-{name}" / "new").mkdir(parents=True)
    lock = os.open(project.parent / ".mlrun-checkout-living", os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    go(project, "../new")
    os.close(lock)
    assert [path.name for path in project.parent.glob(".mlrun-checkout-*")] == [".mlrun-checkout-living"]


def test_what_is_being_made_is_no_code_of_the_project(project: Path) -> None:
    (project / ".mlrun-checkout-x" / "new").mkdir(parents=True)
    (project / ".mlrun-checkout-x" / "new" / "train.py").touch()
    (project / "train.py").touch()
    assert [row.path for row in list_code(os.fspath(project)).rows] == [b"train.py"]


def test_ctrl_c_leaves_nothing(project: Path) -> None:
    def interrupt(*_: object) -> None:
        assert list(project.parent.glob(".mlrun-checkout-*"))
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            checkout(os.fspath(project), "@", "../new", Choice(), os.environ, interrupt)
    finally:
        signal.signal(signal.SIGINT, before)
    assert os.listdir(project.parent) == ["project"]


def test_a_target_that_cannot_be_written_is_said(project: Path) -> None:
    with pytest.raises(CannotRebuildError, match="cannot write"):
        go(project, "/proc/new")


def test_a_folder_that_may_not_be_written_is_said(project: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    (project.parent / "closed").mkdir(0o500)
    with pytest.raises(CannotRebuildError, match="permission denied"):
        go(project, "../closed/new")


def test_a_file_that_becomes_too_large_leaves_nothing(tmp_path: Path) -> None:
    with new_store(tmp_path / "project") as store:
        record(store, {b"a": b"1", b"big": os.urandom(400_000)})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        with pytest.raises(CannotRebuildError, match="so large"):
            go(tmp_path / "project", "../new")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in tmp_path.iterdir()] == ["project"]
