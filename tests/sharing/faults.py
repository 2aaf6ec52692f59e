"""A remote around a real one that fails, counts or lies at a chosen operation."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from runlore.ops.sharing import link
from runlore.store.remote.opening import connect
from runlore.store.remote.port import Remote, Stat
from runlore.store.remote.url import Address


class Watched:
    """Passes everything on; ``before`` and ``after`` are told of each operation and its name, and may raise."""

    def __init__(
        self, inner: Remote, before: Callable[[str, str], None], after: Callable[[str, str], None], workers: int = 1
    ) -> None:
        self._inner = inner
        self._before = before
        self._after = after
        self.url, self.workers = inner.url, workers

    @property
    def moved(self) -> int:
        return self._inner.moved

    @property
    def proves(self) -> bool:
        return self._inner.proves

    def names(self, folder: str) -> Iterator[Stat]:
        with self._told("names", folder):
            return iter(list(self._inner.names(folder)))

    def stat(self, name: str) -> Stat | None:
        with self._told("stat", name):
            return self._inner.stat(name)

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        with self._told("read", name):
            return self._inner.read(name, start, length)

    def write(self, name: str, data: bytes | memoryview) -> None:
        with self._told("write", name):
            self._inner.write(name, data)

    def create(self, name: str, data: bytes) -> bool:
        with self._told("create", name):
            return self._inner.create(name, data)

    def delete(self, names: Iterable[str]) -> None:
        for name in names:
            with self._told("delete", name):
                self._inner.delete([name])

    def close(self) -> None:
        self._inner.close()

    @contextlib.contextmanager
    def _told(self, operation: str, name: str) -> Iterator[None]:
        self._before(operation, name)
        yield
        self._after(operation, name)


def watch(
    monkeypatch: pytest.MonkeyPatch,
    before: Callable[[str, str], None] = lambda *_: None,
    after: Callable[[str, str], None] = lambda *_: None,
    *,
    workers: int = 1,
) -> None:
    """Let every connection to a remote pass through `Watched`."""

    def watched(address: Address, environ: Any, *, ask: bool) -> Watched:  # noqa: ANN401 - as `connect`
        return Watched(connect(address, environ, ask=ask), before, after, workers)

    monkeypatch.setattr(link, "connect", watched)
