"""A store with runs in it that share things, and what of it is where."""

import os
import pathlib
import time
from collections.abc import Iterator, Sequence
from typing import Any

from tests.ops.rebuilding import record

from runlore.ops.gc import Collected, GcRequest, collect
from runlore.ops.rm import remove
from runlore.records.hashing import RunId
from runlore.store.fsck import Fsck
from runlore.store.store import Store

DAY = 86_400
LARGE = bytes(range(256)) * 1000
"""Kept as a loose blob."""


class Home:
    """A project with a store, in which runs are put on record."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = os.fspath(folder)
        self.root = os.path.join(self.folder, ".mlrun")
        Store.create(self.root).close()

    def record(self, code: Any, **given: Any) -> RunId:  # noqa: ANN401 - as tests.ops.rebuilding.record
        with Store(self.root) as store:
            return record(store, code, **given)

    def remove(self, *runs: str, days_ago: float = 0) -> None:
        """Remove runs; the store came to know of it so long ago."""
        before = set(os.listdir(f"{self.root}/events"))
        remove(self.folder, runs)
        for name in set(os.listdir(f"{self.root}/events")) - before:
            at = time.time() - days_ago * DAY
            os.utime(f"{self.root}/events/{name}", (at, at))

    def collect(self, *, sure: bool = True, **given: Any) -> Collected:  # noqa: ANN401 - fields of `GcRequest`
        return collect(self.folder, GcRequest(sure=sure, **given), lambda *_: None, None)

    def age(self, days: float) -> None:
        """Make every object so old."""
        at = time.time() - days * DAY
        for folder, _, files in (*os.walk(f"{self.root}/objects"), *os.walk(f"{self.root}/packs")):
            for name in files:
                os.utime(f"{folder}/{name}", (at, at))

    def runs(self) -> set[str]:
        return set(os.listdir(f"{self.root}/runs"))

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every file of the store, and what is in it."""
        for folder, _, files in os.walk(self.root):
            for name in files:
                with open(f"{folder}/{name}", "rb") as file:
                    yield f"{folder}/{name}", file.read()

    def holding(self, marker: bytes) -> list[str]:
        """The files in whose name or bytes the marker is."""
        return [path for path, data in self.files() if marker in data or marker in os.fsencode(path)]

    def problems(self) -> Sequence[object]:
        return list(Fsck(self.root).run())
