"""Remotes of each kind, seen from behind: what lies there, and how old it is."""

import contextlib
import os
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import sshd
from tests.sharing.people import files
from tests.store.remote import s3_servers
from tests.store.remote.s3_servers import KEYS, Server

DAY = 86_400


class Far(ABC):
    """A server with remotes on it."""

    @property
    @abstractmethod
    def env(self) -> dict[str, str]:
        """The variables by which people reach it; ``PATH`` has what goes before theirs."""

    @abstractmethod
    def url(self, name: str) -> str:
        """The address of a remote."""

    @abstractmethod
    def later(self, name: str, days: float) -> None:
        """Let so much time go by on the remote."""

    @abstractmethod
    def files(self, name: str) -> dict[str, bytes]:
        """What lies there."""


@dataclass
class Folders(Far):
    """Folders of this machine."""

    home: Path

    @property
    def env(self) -> dict[str, str]:
        return {"PATH": ""}

    def url(self, name: str) -> str:
        return str(self.home / name)

    def later(self, name: str, days: float) -> None:
        for path in self.files(name):
            where = self.home / name / path
            at = where.stat().st_mtime - days * DAY
            os.utime(where, (at, at))

    def files(self, name: str) -> dict[str, bytes]:
        return files(str(self.home / name))


@dataclass
class FarFolders(Folders):
    """The same behind an OpenSSH."""

    program: str

    @property
    def env(self) -> dict[str, str]:
        return {"PATH": os.path.dirname(self.program)}

    def url(self, name: str) -> str:
        return f"far:{name}"


@dataclass
class Buckets(Far):
    """Buckets of moto."""

    server: Server
    _made: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        return {**KEYS, "PATH": ""}

    def _bucket(self, name: str) -> str:
        if name not in self._made:
            self._made[name] = self.server.bucket()
        return self._made[name]

    def url(self, name: str) -> str:
        return f"s3://{self._bucket(name)}/team?endpoint={self.server.endpoint}"

    def later(self, name: str, days: float) -> None:
        address = f"{self.server.endpoint}/later/{self._bucket(name)}/{days * DAY}"
        with urllib.request.urlopen(urllib.request.Request(address, method="PUT")):  # noqa: S310 - a server of ours
            pass

    def files(self, name: str) -> dict[str, bytes]:
        import boto3  # noqa: PLC0415 - only where there is such a server

        words = {"aws_access_key_id": KEYS["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": KEYS["AWS_SECRET_ACCESS_KEY"]}
        place = boto3.resource("s3", endpoint_url=self.server.endpoint, region_name="us-east-1", **words)
        every = place.Bucket(self._bucket(name)).objects.all()
        return {each.key.removeprefix("team/"): each.get()["Body"].read() for each in every}


@contextlib.contextmanager
def _folder(place: Path) -> Iterator[Far]:
    yield Folders(place)


@contextlib.contextmanager
def _ssh(place: Path) -> Iterator[Far]:
    with sshd(place / "sshd") as server:
        yield FarFolders(server.home, server.program)


@contextlib.contextmanager
def _s3(_place: Path) -> Iterator[Far]:
    yield Buckets(s3_servers.aging_moto())


KINDS: dict[str, Callable[[Path], AbstractContextManager[Far]]] = {"folder": _folder, "ssh": _ssh, "s3": _s3}
"""Each skips the test where its server is not installed."""
