"""A folder made complete where nobody looks, and then put in its place: at once, or into what is there already."""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from runlore.errors import CannotRebuildError, RefusedError
from runlore.ops.merging import Over, merge
from runlore.store.durable import fresh_name, reason, write_synced
from runlore.store.lock import remove, unused
from runlore.store.reading import FOLDER_ALONE

_PREFIX = ".mlrun-checkout-"
_IGNORED = frozenset((".mlrun",))
"""What may lie in a folder that counts as empty: a store that was moved alone."""


def is_vacant(folder: str) -> bool:
    """Whether there is nothing at ``folder``, or an empty folder; a store and what was left unfinished do not count."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return True
    return all(name in _IGNORED or name.startswith(_PREFIX) for name in names)


@contextlib.contextmanager
def on_disk(target: str) -> Iterator[None]:
    """Turn the operating system's refusal into an error that names the folder."""
    try:
        yield
    except OSError as error:
        raise CannotRebuildError(f'cannot write "{target}": {reason(error)}') from error


class Staging:
    """A folder, ``folder``, in which to make what shall be at ``target``; whatever happens nothing of it is left over.

    It lies beside the target, or in it if that exists; what a killed process left there is removed first.
    """

    def __init__(self, target: str) -> None:
        """``target`` is absolute, without links."""
        self._target = target
        above, rest = target, list[str]()
        while not os.path.lexists(above):
            above, name = os.path.split(above)
            rest.append(name)
        self._above = above
        self._first = rest.pop() if rest else None
        self._own = os.path.join(above, _PREFIX + fresh_name())
        self._lock = -1
        self._new = self._own + "/new"
        self.folder = os.path.join(self._new, *rest[::-1])

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as undo:
            undo.callback(self._leave)
            _sweep(self._above)
            self._lock = _claim(self._own)
            write_synced(self._own + "/.gitignore", b"*\n", mode=0o644)  # who lists the project does not see it
            os.makedirs(self.folder)
            undo.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._leave()

    def _leave(self) -> None:
        remove(self._own)
        if self._lock >= 0:
            os.close(self._lock)

    def place(self, over: Over) -> None:
        """Put what was made in its place.

        Raises:
            RefusedError: something else is there; nothing was changed.
            OSError: the disk does not take it.
        """
        if self._first is None:
            merge(self._new, self._target, over)
            return
        try:
            os.rename(self._new, os.path.join(self._above, self._first))
        except OSError as error:
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
                raise
            raise RefusedError(f'"{self._target}" has appeared meanwhile') from error


def _claim(own: str) -> int:
    """Make the folder; the descriptor whose lock says that somebody still works there."""
    while True:
        os.mkdir(own, 0o700)
        lock = os.open(own, FOLDER_ALONE)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.isdir(own):  # or a sweep came before the lock
            return lock
        os.close(lock)


def _sweep(above: str) -> None:
    """Remove what killed processes left."""
    for name in os.listdir(above):
        path = os.path.join(above, name)
        if not name.startswith(_PREFIX) or not os.path.isdir(path):
            continue
        with unused(path) as free:
            if free:
                remove(path)
