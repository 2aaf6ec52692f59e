"""What fsspec opens, as remotes: its own local files and memory under other names, and servers of other kinds."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from uuid import uuid4

import pytest
from tests.store.remote import other_servers

from runlore.store.remote import url
from runlore.store.remote.patient import Patience, Patient
from runlore.store.remote.port import Remote

_QUICK = Patience(tries=8, first=0.02, more=2.0)
"""WsgiDAV answers with 500 when two write a file of one name."""


@contextlib.contextmanager
def files(place: Path) -> Iterator[Remote]:
    """Files get their names when they are whole."""
    pytest.importorskip("fsspec")
    from fsspec.implementations.local import LocalFileSystem  # noqa: PLC0415 - where it is installed

    from runlore.store.remote.filesystem import Filesystem  # noqa: PLC0415 - as above

    root = place / "remote"
    yield Filesystem(LocalFileSystem(), str(root), url=f"files://{root}", whole=False, read_only=False)


@contextlib.contextmanager
def memory(place: Path) -> Iterator[Remote]:
    """As a store of objects does it."""
    pytest.importorskip("fsspec")
    from fsspec.implementations.memory import MemoryFileSystem  # noqa: PLC0415 - as above

    from runlore.store.remote.filesystem import Filesystem  # noqa: PLC0415 - as above

    root = f"/{place.name}-{uuid4().hex}"
    yield Filesystem(MemoryFileSystem(), root, url=f"memory:/{root}", whole=True, read_only=False)
    with contextlib.suppress(FileNotFoundError):
        MemoryFileSystem().rm(root, recursive=True)


@contextlib.contextmanager
def webdav(place: Path) -> Iterator[Remote]:
    """Files get their names when they are whole, and are deleted before another takes their name."""
    server = other_servers.webdav()
    yield from _opened(f"webdav://server/{place.name}-{uuid4().hex}/a%20folder?base_url={server}")


@contextlib.contextmanager
def google(place: Path) -> Iterator[Remote]:
    """Its package reads its variables itself."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in other_servers.google_variables(other_servers.google()).items():
            patch.setenv(name, value)
        yield from _opened(f"gs://{other_servers.google_bucket()}/some/{place.name}")


@contextlib.contextmanager
def azure(place: Path) -> Iterator[Remote]:
    """Its package reads its variables itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AZURE_STORAGE_CONNECTION_STRING", other_servers.azure())
        yield from _opened(f"az://{other_servers.azure_container()}/some/{place.name}")


def _opened(text: str) -> Iterator[Remote]:
    from runlore.store.remote import kinds  # noqa: PLC0415 - where fsspec is installed

    remote = Patient(kinds.connect(url.parse(text, "/"), {}), _QUICK)
    yield remote
    remote.close()


FILESYSTEMS: dict[str, Callable[[Path], AbstractContextManager[Remote]]] = {
    "fsspec-files": files,
    "fsspec-memory": memory,
    "webdav": webdav,
    "google": google,
    "azure": azure,
}
DELETES_FIRST = frozenset(("webdav",))
"""Those on which a file that is written over is gone for a moment."""
