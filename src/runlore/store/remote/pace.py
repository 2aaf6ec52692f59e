"""How far files on their way have come, told while they are: on a slow line one file takes a minute."""

from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from runlore.store.remote.port import Remote

_Result = TypeVar("_Result")
_TICK = 0.2


class Pace:
    """Tells of bytes as they go, as far as the remote can tell, and of all of a file when it has arrived."""

    def __init__(self, remote: Remote, on_bytes: Callable[[int], None]) -> None:
        """``on_bytes`` is told in the thread that waits."""
        self._remote = remote
        self._on_bytes = on_bytes
        self._flying = 0
        self._told = 0
        """Of what is on its way, the bytes that were told."""
        self._base = remote.moved

    def begin(self, size: int) -> None:
        """A file of so many bytes is on its way."""
        if not self._flying:
            self._base, self._told = self._remote.moved, 0
        self._flying += size

    def wait(self, future: "Future[_Result]") -> _Result:
        """What comes of it; meanwhile it is told how far that is."""
        while not wait([future], _TICK).done:
            gone = min(self._remote.moved - self._base, self._flying)
            if gone > self._told:
                self._on_bytes(gone - self._told)
                self._told = gone
        return future.result()

    def end(self, size: int) -> None:
        """A file of so many bytes has arrived."""
        self._flying -= size
        self._on_bytes(max(0, size - self._told))
        self._told = max(0, self._told - size)
        self._base = self._remote.moved - self._told
