"""What an observer saw: one thing that one process of a run did."""

from typing import NamedTuple

READ, WRITE, UPDATE, LIST = "read", "write", "update", "list"
"""A file was opened to be read, written or both; a folder was opened, which is how its entries are listed."""
RENAME, LINK, SAVED = "rename", "link", "saved"
"""A file got another name (``other``), or one more; what it held before it was written over was set aside (as
``other``)."""
EXEC, EXEC_FAILED, START = "exec", "exec-failed", "start"
"""A process is about to become the program ``path``; it could not; a process that is observed has begun."""
OF_PROCESSES = frozenset((EXEC, EXEC_FAILED, START))
CONNECT, RESOLVE = "connect", "resolve"
"""A connection beyond this machine (``path`` is ``address:port``); a host's name was looked up (``path``)."""
LOST = "lost"
"""From here on this observer missed things; ``path`` says why."""


class Touch(NamedTuple):
    """One thing that process ``pid`` did at ``at`` (nanoseconds since 1970 UTC, for order only).

    ``path`` is absolute and without symbolic links where it names a file. ``state`` is what
    `capture.content.state_of` says of the file just after it was opened, empty where nobody looked: for
    `WRITE` and `UPDATE` that is after a truncation. ``fresh`` is whether that very open has made the file,
    ``keeps`` whether an open to write leaves in the file what it held before.
    """

    kind: str
    pid: int
    at: int
    path: bytes
    other: bytes = b""
    state: bytes = b""
    fresh: bool = False
    keeps: bool = False
