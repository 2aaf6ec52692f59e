"""A remote that may be out of reach for a moment: what failed for that reason is done again, a few times."""

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from runlore.errors import UnreachableError
from runlore.store.remote.port import Remote, Stat

_Result = TypeVar("_Result")
_REMEMBERED = 100_000
"""Files of a listing up to which it is begun again when it is cut: those that were given are not given twice."""


class Patience(NamedTuple):
    """How long it is borne: so many tries, so many seconds after the first, then each time ``more`` of them.

    After ``budget`` seconds there is no new try, however few there were.
    """

    tries: int = 5
    first: float = 0.2
    more: float = 4.0
    budget: float = 120.0


class Patient:
    """A `Remote` that has another do what it is asked, and do it again after an `UnreachableError`."""

    def __init__(self, remote: Remote, patience: Patience | None = None) -> None:
        """Waits between tries end at once when it is closed."""
        self._remote = remote
        self._patience = patience or Patience()
        self._closed = threading.Event()
        self.url = remote.url
        self.workers = remote.workers

    @property
    def moved(self) -> int:
        """As `Remote.moved`."""
        return self._remote.moved

    @property
    def proves(self) -> bool:
        """As `Remote.proves`, which a bucket learns from what comes back."""
        return self._remote.proves

    def names(self, folder: str) -> Iterator[Stat]:
        """As `Remote.names`, each once also where it was begun again."""
        given: set[str] = set()
        pauses, closed = self._pauses(), self._closed
        while True:
            try:
                for found in self._remote.names(folder):
                    if found.name not in given:
                        if len(given) <= _REMEMBERED:
                            given.add(found.name)
                        yield found
            except UnreachableError:
                if len(given) > _REMEMBERED or not _wait(pauses, closed):
                    raise
            else:
                return

    def stat(self, name: str) -> Stat | None:
        """As `Remote.stat`."""
        return self._again(lambda: self._remote.stat(name))

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """As `Remote.read`."""
        return self._again(lambda: self._remote.read(name, start, length))

    def write(self, name: str, data: bytes | memoryview) -> None:
        """As `Remote.write`."""
        self._again(lambda: self._remote.write(name, data))

    def create(self, name: str, data: bytes) -> bool:
        """As `Remote.create`. False also where a try that seemed to fail has made it."""
        return self._again(lambda: self._remote.create(name, data))

    def delete(self, names: Iterable[str]) -> None:
        """As `Remote.delete`."""
        every = list(names)
        self._again(lambda: self._remote.delete(every))

    def close(self) -> None:
        """As `Remote.close`; what was begun before is not tried again, and who waits for that gets the last error."""
        self._closed.set()
        self._closed = threading.Event()
        self._remote.close()

    def _again(self, do: Callable[[], _Result]) -> _Result:
        pauses, closed = self._pauses(), self._closed
        while True:
            try:
                return do()
            except UnreachableError:
                if not _wait(pauses, closed):
                    raise

    def _pauses(self) -> Iterator[float]:
        """Seconds to wait before each next try; shorter by chance, so that not all who were cut come back at once."""
        end = time.monotonic() + self._patience.budget
        pause = self._patience.first
        for _ in range(self._patience.tries - 1):
            if time.monotonic() + pause > end:
                return
            yield pause * random.uniform(0.5, 1.0)  # noqa: S311 - not for a secret
            pause *= self._patience.more


def _wait(pauses: Iterator[float], closed: threading.Event) -> bool:
    """Wait for the next try; False if there is none."""
    pause = next(pauses, None)
    return pause is not None and not closed.wait(pause)
