"""That a trial finds out what a remote does, whatever that is, and leaves nothing."""

import os
import time
from pathlib import Path

import pytest
from tests.store.remote import s3_servers
from tests.store.remote.backends import BACKENDS
from tests.store.remote.buckets import LYING
from tests.store.remote.meddling import answering

from runlore.errors import RemoteRefusedError, UnreachableError
from runlore.store.remote import opening, trial, url
from runlore.store.remote.folder import Folder
from runlore.store.remote.port import Remote, Stat


def _left(remote: Remote) -> list[Stat]:
    return [found for folder in ("gc", "index", "packs", "objects") for found in remote.names(folder)]


_EVERY = {**BACKENDS, **LYING}
_WITHOUT_CONDITIONS = ("s3-rclone", "fsspec-files", "webdav")


@pytest.mark.parametrize("backend", sorted(_EVERY))
def test_every_kind_of_remote_can_be_tried(backend: str, tmp_path: Path) -> None:
    with _EVERY[backend](tmp_path) as remote:
        found = trial.attempt(remote)
        assert (found.writable, found.refusal, found.whole, found.listed) == (True, None, True, True)
        assert found.create == (trial.IGNORED if backend in _WITHOUT_CONDITIONS else trial.HONOURED)
        assert 0 < found.latency < 60
        assert found.clock is not None
        assert abs(found.clock) < 60
        assert found.proves == remote.proves
        assert _left(remote) == []


class _ReadOnly(Folder):
    def write(self, name: str, data: bytes | memoryview) -> None:  # noqa: ARG002 - as `Remote` has it
        raise RemoteRefusedError(f'"{name}" on {self.url}: Read-only file system')


def test_a_remote_that_can_only_be_read_is_one(tmp_path: Path) -> None:
    Folder(str(tmp_path)).write("format", b"1")
    found = trial.attempt(_ReadOnly(str(tmp_path)))
    assert not found.writable
    assert found.refusal is not None
    assert "Read-only" in found.refusal
    assert (found.whole, found.listed, found.create, found.clock) == (None, None, None, None)
    assert sorted(os.listdir(tmp_path)) == ["format"]


class _Breaking(Folder):
    """Fails at the n-th request, as a network does, or a person who presses Ctrl-C."""

    def __init__(self, root: str, at: int, error: type[BaseException]) -> None:
        super().__init__(root)
        self.left = at
        self.error = error

    def _path(self, name: str) -> str:
        self.left -= 1
        if self.left == 0:
            raise self.error(name)
        return super()._path(name)


@pytest.mark.parametrize("error", [UnreachableError, KeyboardInterrupt])
def test_a_trial_that_is_cut_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    ended = False
    for at in range(1, 40):
        root = tmp_path / str(at)
        try:
            trial.attempt(_Breaking(str(root), at, error))
        except error:
            pass
        else:
            ended = True
        assert _left(Folder(str(root))) == []
    assert ended


def test_what_a_killed_trial_left_is_removed_after_a_day(tmp_path: Path) -> None:
    remote = Folder(str(tmp_path))
    for name, age in (("trial-old", 90_000), ("trial-new", 3600), ("other", 90_000)):
        remote.write(f"gc/{name}", b"")
        os.utime(tmp_path / "gc" / name, (time.time() - age,) * 2)
    trial.attempt(remote)
    assert sorted(os.listdir(tmp_path / "gc")) == ["other", "trial-new"]


def test_who_cannot_be_reached_cannot_be_tried(tmp_path: Path) -> None:
    with answering(403, "<Error><Code>AccessDenied</Code></Error>") as endpoint:
        pytest.importorskip("obstore")
        address = url.parse(f"s3://bucket?endpoint={endpoint}", "/")
        remote = opening.connect(address, {**s3_servers.KEYS, "HOME": str(tmp_path)})
        with pytest.raises(RemoteRefusedError):
            trial.attempt(remote)
