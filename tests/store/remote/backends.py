"""A fresh, empty remote of each kind, for what must hold for all of them."""

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from tests.servers import sshd
from tests.store.remote.buckets import BUCKETS
from tests.store.remote.filesystems import FILESYSTEMS

from runlore.store.remote import url
from runlore.store.remote.folder import Folder
from runlore.store.remote.port import Remote
from runlore.store.remote.ssh import Ssh
from runlore.store.remote.tunnel import Call


@contextlib.contextmanager
def folder(place: Path) -> Iterator[Remote]:
    yield Folder(str(place / "remote"))


@contextlib.contextmanager
def ssh(place: Path) -> Iterator[Remote]:
    with sshd(place / "sshd") as server:
        remote = Ssh(Call(url.parse("far:remote", "/"), os.environ, program=server.program))
        yield remote
        remote.close()


BACKENDS: dict[str, Callable[[Path], AbstractContextManager[Remote]]] = {
    "folder": folder,
    "ssh": ssh,
    **BUCKETS,
    **FILESYSTEMS,
}
"""Each skips the test where its server or package is not installed."""
