"""The whole of it, with the real program and a real training: made, pushed, cloned by somebody else, repeated."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from tests.servers import sshd
from tests.store.remote import s3_servers
from tests.store.remote.s3_servers import KEYS, Server

_DEMO = Path(__file__).parents[2] / "scripts" / "share-demo"
_Place = tuple[str, Mapping[str, str]]
"""A URL, and the variables that somebody needs there."""


@contextlib.contextmanager
def _folder(place: Path) -> Iterator[_Place]:
    yield f"{place}/remote", {}


@contextlib.contextmanager
def _sftp(place: Path) -> Iterator[_Place]:
    with sshd(place / "sshd") as server:
        yield "far:remote", {"PATH": f"{os.path.dirname(server.program)}:{os.environ['PATH']}"}


def _bucket(server: Callable[[], Server]) -> Callable[[Path], AbstractContextManager[_Place]]:
    @contextlib.contextmanager
    def opened(_place: Path) -> Iterator[_Place]:
        at = server()
        yield f"s3://{at.bucket()}/digits?endpoint={at.endpoint}", KEYS

    return opened


_PLACES = {
    "folder": _folder,
    "sftp": _sftp,
    "s3-moto": _bucket(s3_servers.moto),
    "s3-ceph": _bucket(s3_servers.ceph),
}


@pytest.mark.parametrize("kind", _PLACES)
def test_a_run_of_ana_is_identical_when_ben_repeats_it(kind: str, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    with _PLACES[kind](tmp_path) as (url, variables):
        environ = {**os.environ, **variables}
        environ["PATH"] = f"{os.path.dirname(sys.executable)}:{environ['PATH']}"
        words = [str(_DEMO), url, str(tmp_path / "people"), "--env", "current"]
        done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    refused, _, repeated = done.stdout.partition("[exit status 17]\n")
    assert "if you trust it: mlrun reproduce" in refused
    assert repeated.startswith("ben$ mlrun reproduce best --trust")
    assert ": identical\n" in repeated
    assert "  outputs      identical  2 files\n" in repeated
    assert not [name for name in os.listdir(tmp_path / "people" / "ben") if name in {".aws", ".ssh"}]
