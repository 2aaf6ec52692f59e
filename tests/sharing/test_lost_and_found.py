"""What a remote has lost is found by a check, and the next push sends it again, whatever our cache had said."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.sharing.people import Person, files

from runlore.ops.fsck_remote import fsck_remote
from runlore.ops.gc_remote import CleanRequest, clean
from runlore.ops.results import FsckReport
from runlore.store.remote import cutting

CODE = {"train.py": b"print('hello')\n", "helper.py": b"x = 1\n"}
DAY = 86_400
KINDS = ("packs", "objects", "index", "records")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "SEGMENT", 300 << 10)


@pytest.fixture
def pushed(ann: Person, remote: str) -> list[str]:
    """Two runs in two pushes; the first has a large file of several segments and one that is alone."""
    ann.share(remote)
    outputs = {"large": os.urandom(1 << 20), "m": os.urandom(200_000)}
    runs: list[str] = [ann.make(CODE, outputs=outputs, data={"train.csv": b"1,2\n" * 100})]
    ann.push()
    runs.append(ann.make({**CODE, "more.py": b"2"}))
    ann.push()
    return runs


def check(person: Person, *, quick: bool = False) -> FsckReport:
    return fsck_remote(person.folder, "origin", person.env, quick=quick, progress=lambda *_: None)


def some(remote: str, kind: str) -> list[Path]:
    """The files of a kind on the remote: packs, blobs and segments, index files, records files."""
    if kind in {"packs", "objects"}:
        return sorted(path for path in Path(remote, kind).rglob("*") if path.is_file())
    return sorted(Path(remote, "index").glob(f"*.{kind}"))


def later(remote: str, days: float) -> None:
    for path in Path(remote).rglob("*"):
        if path.is_file():
            at = path.stat().st_mtime - days * DAY
            os.utime(path, (at, at))


def spoil(path: Path, how: str) -> None:
    if how == "gone":
        path.unlink()
        return
    data = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data[: len(data) // 2] if how == "short" else data[:-40] + bytes(40))


def is_whole(tmp_path: Path, remote: str, name: str, runs: Sequence[str]) -> None:
    """Somebody new gets all of the runs."""
    person = Person(tmp_path, name)
    person.share(remote)
    assert set(person.pull().runs) == set(runs)
    assert person.pull(*runs).missing == ()
    for run in runs:
        os.unlink(f"{person.root}/runs/{run}/origin")
    assert person.problems() == []


@pytest.mark.parametrize("what", [f"{k} {h}" for k in KINDS for h in ("gone", "short", "spoiled")])
def test_what_was_lost_is_sent_again(ann: Person, tmp_path: Path, remote: str, pushed: list[str], what: str) -> None:
    kind, how = what.split()
    for path in some(remote, kind):
        os.utime(path, (1, 1))
        spoil(path, how)
        os.utime(path, (1, 1)) if path.exists() else None
    if not check(ann).sound:
        would = ann.push(dry_run=True)
        assert set(would.runs) <= set(pushed)
        assert would.runs
        assert len(some(remote, "mark")) == 0
    ann.push()
    assert check(ann).sound
    is_whole(tmp_path, remote, "cat", pushed)
    assert (ann.push().runs, ann.push().objects) == ((), 0)
    later(remote, 8)
    for _ in range(3):
        clean(ann.folder, CleanRequest("origin"), ann.env, lambda *_: None)
        later(remote, 8)
    assert check(ann).sound
    assert some(remote, "mark") == []
    is_whole(tmp_path, remote, "dan", pushed)


def test_who_has_only_a_part_of_what_was_lost_sends_that(
    ann: Person, ben: Person, tmp_path: Path, remote: str, pushed: list[str]
) -> None:
    """A pack of both, which a gc has written, is lost: each sends their own, and nobody is led to what is gone."""
    ben.share(remote)
    mine = ben.make({"ben.py": b"of ben"})
    ben.push()
    for _ in range(21):
        ann.make({"a.py": os.urandom(8)})
        ann.push()
    clean(ann.folder, CleanRequest("origin", 0.0, sure=True), ann.env, lambda *_: None)
    for path in some(remote, "packs"):
        path.unlink()
    assert not check(ben, quick=True).sound
    assert ben.push().runs == (mine,)
    assert not check(ann).sound
    assert len(ann.push().runs) == 23
    assert check(ben).sound
    is_whole(tmp_path, remote, "cat", sorted({*ann.runs(), mine}))
    assert len(pushed) == 2


def test_a_pull_brings_what_there_is_and_names_the_rest(
    ann: Person, ben: Person, remote: str, pushed: list[str]
) -> None:
    segment = max(some(remote, "objects"), key=lambda path: path.stat().st_size)
    segment.unlink()
    ben.share(remote)
    done = ben.mlrun("pull", pushed[0])
    assert done.status == 15
    assert done.err.count("not there: file ") == 1
    assert ben.mlrun("checkout", pushed[0], "../co").status == 0
    assert ann.problems() == []


def test_a_remote_that_was_restored_from_a_backup_gets_what_came_after_it(
    ann: Person, tmp_path: Path, remote: str, pushed: list[str]
) -> None:
    shutil.copytree(remote, remote + "-backup")
    pushed.append(ann.make({"new.py": b"3"}, outputs={"m": os.urandom(200_000)}))
    ann.push()
    shutil.rmtree(remote)
    shutil.copytree(remote + "-backup", remote)
    assert ann.push().runs == (pushed[2],)
    is_whole(tmp_path, remote, "cat", pushed)


@pytest.mark.parametrize("how", ["deleted", "emptied", "anew"])
def test_a_remote_that_was_made_anew_gets_everything(  # noqa: PLR0913, PLR0917 - fixtures
    ann: Person, ben: Person, tmp_path: Path, remote: str, pushed: list[str], how: str
) -> None:
    shutil.rmtree(remote)
    if how == "emptied":
        os.mkdir(remote)
    if how == "anew":
        ben.share(remote)
        ben.make({"ben.py": b"1"})
        ben.push()
    assert set(ann.push().runs) == set(pushed)
    is_whole(tmp_path, remote, "cat", [*pushed, *(ben.runs() if how == "anew" else ())])
    assert files(remote)


def test_what_an_interrupted_push_has_sent_counts_for_nothing_once_a_mark_lists_it(
    ann: Person, remote: str, pushed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the clocks say: here no time goes by since, and there eight days."""
    from tests.sharing.faults import watch  # noqa: PLC0415 - nobody else needs it

    from runlore.errors import UnreachableError  # noqa: PLC0415 - the same

    def cut(operation: str, name: str) -> None:
        if operation == "write" and name.startswith("index/"):
            raise UnreachableError("the cable was pulled")

    ann.make({"new.py": b"3"}, outputs={"m": os.urandom(200_000)})
    with monkeypatch.context() as patch:
        watch(patch, before=cut)
        with pytest.raises(UnreachableError):
            ann.push()
    later(remote, 8)
    assert clean(ann.folder, CleanRequest("origin"), ann.env, lambda *_: None).marked.files == 2
    assert ann.push().bytes > 200_000
    assert len(pushed) == 2
