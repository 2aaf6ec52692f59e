"""The store's lock: shared by those who write, held alone by who cleans. Section 2 of the store format.

And the locks by which what a killed process has left is told from what somebody still works on.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator

from runlore.errors import LockedError
from runlore.store.durable import forget, fsync_folder

_PATIENCE = 20.0
"""Seconds to wait for who cleans: a run that is not recorded costs more."""
_PAUSE = 0.01


@contextlib.contextmanager
def shared(root: str) -> Iterator[None]:
    """Hold the lock of the store at ``root`` with other writers: nobody clears `tmp` or objects away meanwhile.

    What killed writers left in `tmp` is cleared away first, unless somebody else is writing.

    Raises:
        LockedError: somebody is cleaning, and for long.
        OSError: the store cannot be written.
    """
    file = os.open(root + "/lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        if os.listdir(os.path.join(root, "tmp")):
            _sweep(root, file)
        _share(file)
        yield
    finally:
        os.close(file)


class Exclusive:
    """The lock of a store, held alone."""

    def __init__(self, file: int) -> None:
        """``file`` is the open lock."""
        self._file = file

    def share(self) -> None:
        """Let others write again; the lock is held as by a writer from now on."""
        fcntl.flock(self._file, fcntl.LOCK_SH)


@contextlib.contextmanager
def exclusive(root: str, *, patience: float) -> Iterator[Exclusive]:
    """Hold the lock of the store alone: nobody writes meanwhile. Writers wait so long for it as `_PATIENCE` says.

    Raises:
        LockedError: others were writing all the time, for ``patience`` seconds.
        OSError: the store cannot be written.
    """
    file = os.open(root + "/lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        if not _take(file, fcntl.LOCK_EX, patience):
            raise LockedError(
                "others are writing to the store", hint="try again when no run, push or pull begins or ends"
            )
        yield Exclusive(file)
    finally:
        os.close(file)


@contextlib.contextmanager
def unused(path: str) -> Iterator[bool]:
    """Whether nobody holds the lock of the file or folder at ``path``, which is ours meanwhile.

    False also where it cannot be opened or locked: who knows.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(file)


def remove(path: str) -> None:
    """Remove a file, or a folder with all that is in it, as far as that is possible."""
    if os.path.islink(path) or not os.path.isdir(path):
        forget(path)
        return
    with contextlib.suppress(OSError):
        for name in os.listdir(path):
            remove(f"{path}/{name}")
        os.rmdir(path)


def _sweep(root: str, file: int) -> None:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for name in os.listdir(os.path.join(root, "tmp")) if settle(root) else ():
            remove(os.path.join(root, "tmp", name))


def settle(root: str) -> bool:
    """Make durable the names that a killed writer may have given without living to do so; False if that fails.

    It keeps the temporary name until it has, and so must who cannot. Whoever finds an object trusts that a power cut
    does not take it.
    """
    try:
        objects = [f"objects/{name}" for name in os.listdir(root + "/objects")]
        for folder in ("packs", "events", "runs", "objects", *objects):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                fsync_folder(f"{root}/{folder}")
    except OSError:
        return False
    return True


def _share(file: int) -> None:
    if not _take(file, fcntl.LOCK_SH, _PATIENCE):
        hint = "try again when mlrun gc has finished"
        raise LockedError("the store is being cleaned by another process", hint=hint)


def _take(file: int, how: int, patience: float) -> bool:
    """Whether the lock could be had within so many seconds."""
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                return False
            time.sleep(_PAUSE)
        else:
            return True
