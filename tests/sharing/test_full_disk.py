"""A disk that is full, there or here: what has arrived stays, nobody sees half a run, and with room it goes on."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sharing.people import Person, files

from runlore.errors import MlrunError, RemoteError
from runlore.store.remote import cutting, packing

_SIZE = 2 << 20
_ROOM = [0, 1, 2, 4, 8, 16, 40, 80, 160, 260]
"""Pages that are free when it begins; what is sent takes more."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "none", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "PACK", 16 << 10)
    monkeypatch.setattr(cutting, "SEGMENT", 300 << 10)


@contextlib.contextmanager
def _filled(disk: Path, pages: int) -> Iterator[None]:
    """Only so many pages are free."""
    filling = disk / "filling"
    free = os.statvfs(disk).f_bavail
    filling.write_bytes(b"x" * (4096 * (free - pages)))
    yield
    filling.unlink()


def _runs(person: Person) -> list[str]:
    made = [person.make({"train.py": b"x\n"}, outputs={f"{n}/{i}": os.urandom(900) for i in range(40)}) for n in "ab"]
    return [*made, person.make({"train.py": b"y\n"}, outputs={"large": os.urandom(1 << 20)})]


def _pull_all(person: Person, made: list[str]) -> None:
    person.pull()
    assert person.pull(*made).missing == ()


@pytest.mark.parametrize("pages", _ROOM)
def test_a_push_to_a_full_disk_goes_on_when_there_is_room(ann: Person, ben: Person, disk: Path, pages: int) -> None:
    made = _runs(ann)
    remote = os.fspath(disk / "remote")
    ann.share(remote)
    with _filled(disk, pages):
        with pytest.raises(RemoteError, match="the disk is full") as caught:
            ann.push()
        assert caught.value.exit_code == 14
        here = files(remote) if os.path.exists(remote) else {}
        assert not [name for name in here if name.endswith(".records") or ".tmp-" in name]
    ann.push()
    ben.share(remote)
    assert set(ben.pull().runs) == set(made)
    assert ben.pull(*made).missing == ()


@pytest.mark.parametrize("pages", _ROOM)
def test_a_pull_onto_a_full_disk_goes_on_when_there_is_room(
    ann: Person, disk: Path, tmp_path: Path, pages: int
) -> None:
    made = _runs(ann)
    remote = os.fspath(tmp_path / "remote")
    ann.share(remote)
    ann.push()
    ben = Person(disk, "ben")
    ben.share(remote)
    ben.problems()
    with _filled(disk, pages), pytest.raises(MlrunError):
        _pull_all(ben, made)
    assert ben.problems() == []
    _pull_all(ben, made)
    for run in made:
        os.unlink(f"{ben.root}/runs/{run}/origin")
    assert ben.problems() == []
