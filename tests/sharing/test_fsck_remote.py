"""`fsck REMOTE`: what is missing or damaged there is named."""

import json
import os
import pathlib

import pytest
from tests.sharing.people import Person

from runlore.ops.fsck_remote import fsck_remote
from runlore.ops.results import FsckReport
from runlore.store.remote import cutting

CODE = {"train.py": b"print('hello')\n", "helper.py": b"x = 1\n"}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "SEGMENT", 300 << 10)


@pytest.fixture
def pushed(ann: Person, remote: str) -> pathlib.Path:
    """A remote with two runs, one with data and a large file of several segments."""
    ann.share(remote)
    ann.make(CODE, data={"train.csv": b"1,2\n" * 100}, outputs={"large": os.urandom(1 << 20), "m": b"x" * 200_000})
    ann.push()
    ann.make({**CODE, "more.py": b"2"})
    ann.push()
    return pathlib.Path(remote)


def check(person: Person, *, quick: bool = False) -> FsckReport:
    return fsck_remote(person.folder, "origin", person.env, quick=quick, progress=lambda *_: None)


def codes(report: FsckReport) -> set[str]:
    return {finding.code for finding in report.findings}


@pytest.mark.parametrize("quick", [False, True])
def test_what_was_pushed_is_sound(ann: Person, pushed: pathlib.Path, *, quick: bool) -> None:
    report = check(ann, quick=quick)
    assert (report.sound, report.findings, report.remote) == (True, (), str(pushed))
    assert report.checked["runs"] == 2
    assert report.checked["packs"] >= 2


def test_data_need_not_have_been_pushed(ann: Person, remote: str) -> None:
    ann.share(remote)
    ann.make(CODE, data={"train.csv": b"1,2\n" * 100})
    ann.push(data="none")
    assert check(ann).findings == ()


@pytest.mark.parametrize("folder", ["packs", "objects", "index"])
def test_every_file_that_goes_is_missed(ann: Person, pushed: pathlib.Path, folder: str) -> None:
    for path in sorted((pushed / folder).rglob("*.*" if folder != "objects" else "*")):
        if path.is_dir() or path.suffix == ".records":
            continue
        data = path.read_bytes()
        path.unlink()
        for quick in (False, True):
            report = check(ann, quick=quick)
            assert (report.sound, "object-missing" in codes(report)) == (False, True), path
        path.write_bytes(data)
    assert check(ann).sound


def test_every_byte_that_changes_is_noticed(ann: Person, pushed: pathlib.Path) -> None:
    for path in sorted(pushed.rglob("*")):
        if path.is_dir() or path.name == "format":
            continue
        data = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(data[:20] + bytes([data[20] ^ 1]) + data[21:])
        report = check(ann)
        assert not report.sound, path
        assert codes(report) & {"pack-object-corrupt", "object-corrupt", "index-corrupt", "record-malformed"}, path
        path.write_bytes(data[:-1])
        assert not check(ann, quick=True).sound, path
        path.write_bytes(data)
    assert check(ann).sound


def test_what_a_push_that_was_cut_left_is_no_error(ann: Person, pushed: pathlib.Path) -> None:
    (pushed / "packs" / f"{'a' * 64}.pack").write_bytes(b"left")
    (newest, *_) = sorted((pushed / "index").glob("*.records"), key=os.path.getmtime, reverse=True)
    newest.unlink()
    report = check(ann)
    assert (report.sound, codes(report)) == (True, {"leftover", "push-unfinished"})
    assert report.checked["runs"] == 1


def test_what_the_program_says_of_it(ann: Person, pushed: pathlib.Path) -> None:
    done = ann.mlrun("fsck", "origin")
    assert (done.status, done.out.startswith(f"{pushed} is sound; checked ")) == (0, True)
    next(iter((pushed / "packs").iterdir())).unlink()
    done = ann.mlrun("fsck", "origin", "--json")
    assert done.status == 1
    assert json.loads(done.out)["data"]["remote"] == str(pushed)
    assert ann.mlrun("fsck", "nowhere").status == 14
    (pushed / "format").write_text("runlore-remote = 99\n")
    assert "[format-unreadable]" in ann.mlrun("fsck", "origin").out
