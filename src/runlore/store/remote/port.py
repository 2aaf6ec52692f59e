"""What a remote is asked for: to keep files of given names, each whole or not at all.

Names are ASCII and relative (``packs/ab12….pack``). Whatever keeps files so can be a remote; each kind passes the
suite in ``tests/store/remote/``.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol


class Stat(NamedTuple):
    """A file of a remote: its name, its bytes, and when it was written, in seconds since 1970 by the remote's clock."""

    name: str
    size: int
    written: float


class Remote(Protocol):
    """An open remote. All of it may be called from several threads at once, and everything may be done again.

    Each method raises `RemoteRefusedError` where the remote says no, `UnreachableError` where it does not answer or
    what comes is cut short, and `RemoteError` for what it cannot do.
    """

    url: str
    """Where it is, as a person wrote it, without credentials."""
    workers: int
    """Transfers at a time from which it gains."""

    @property
    def moved(self) -> int:
        """Bytes that have come and gone since it was opened, about; 0 for ever where nobody can tell."""

    @property
    def proves(self) -> bool:
        """Whether a `write` succeeds only if the very bytes that were sent have arrived: the far end tells their sum.

        It may turn out with a write that it does not; ask after each.
        """

    def names(self, folder: str) -> Iterator[Stat]:
        """Every file below the folder, however deep, in any order; none if there is no such folder."""

    def stat(self, name: str) -> Stat | None:
        """The file of that name; ``None`` if there is none."""

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """The bytes of a file from ``start`` on, ``length`` of them or all.

        Raises:
            RemoteMissingError: there is no such file.
            UnreachableError: fewer came.
        """

    def write(self, name: str, data: bytes | memoryview) -> None:
        """Give the file these bytes, of which nobody sees any before all are there. On return they are durable.

        A file that had other bytes is, with some servers, gone for a moment before it has these.
        """

    def create(self, name: str, data: bytes) -> bool:
        """`write`, unless there is such a file: False then. A remote that cannot tell writes over it, and says True."""

    def delete(self, names: Iterable[str]) -> None:
        """Remove these files; those that are not there are no error."""

    def close(self) -> None:
        """Let go of connections. What is used afterwards is opened again."""
