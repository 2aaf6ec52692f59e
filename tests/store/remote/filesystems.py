"""File systems of fsspec as remotes: its own for local files and for memory, under other names."""

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from uuid import uuid4

import pytest

from runlore.store.remote.port import Remote


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


FILESYSTEMS: dict[str, Callable[[Path], AbstractContextManager[Remote]]] = {
    "fsspec-files": files,
    "fsspec-memory": memory,
}
