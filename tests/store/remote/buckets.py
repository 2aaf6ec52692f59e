"""A fresh, empty bucket on each server, as a remote."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from tests.store.remote import s3_servers
from tests.store.remote.s3_servers import KEYS, Server

from runlore.store.remote import url
from runlore.store.remote.patient import Patience, Patient
from runlore.store.remote.port import Remote

_QUICK = Patience(tries=5, first=0.02, more=2.0)
"""moto answers with 500 when two write a file of one name."""


@contextlib.contextmanager
def _bucket(server: Callable[[], Server], place: Path) -> Iterator[Remote]:
    at = server()
    from runlore.store.remote.bucket import Bucket  # noqa: PLC0415 - where obstore is installed

    address = url.parse(f"s3://{at.bucket()}/some/folder?endpoint={at.endpoint}", "/")
    remote = Patient(Bucket(address, {**KEYS, "HOME": str(place)}), _QUICK)
    yield remote
    remote.close()


def moto(place: Path) -> AbstractContextManager[Remote]:
    return _bucket(s3_servers.moto, place)


def rclone(place: Path) -> AbstractContextManager[Remote]:
    return _bucket(s3_servers.rclone, place)


def ceph(place: Path) -> AbstractContextManager[Remote]:
    return _bucket(s3_servers.ceph, place)


BUCKETS: dict[str, Callable[[Path], AbstractContextManager[Remote]]] = {
    "s3-moto": moto,
    "s3-ceph": ceph,
}
LYING: dict[str, Callable[[Path], AbstractContextManager[Remote]]] = {"s3-rclone": rclone}
"""Servers that do not all that a remote is to do: this one shows files half written, and knows no condition."""
