"""The store's lock: shared by those who write, held alone by who cleans. Section 2 of the store format."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator

from runlore.errors import LockedError
from runlore.store.durable import forget, fsync_folder
from runlore.store.layout import Layout

_PATIENCE = 20.0
"""Seconds to wait for who cleans: a run that is not recorded costs more."""
_PAUSE = 0.01


@contextlib.contextmanager
def shared(path: str) -> Iterator[None]:
    """Hold the lock file at ``path`` with other writers: nobody clears away what one puts into ``tmp`` meanwhile.

    Raises:
        LockedError: somebody is cleaning, and for long.
    """
    file = _open(path)
    try:
        _share(file)
        yield
    finally:
        os.close(file)


@contextlib.contextmanager
def shared_and_swept(layout: Layout) -> Iterator[None]:
    """As `shared`, but first what killed writers left is cleared away, unless somebody is writing now."""
    file = _open(layout.lock)
    try:
        if os.listdir(layout.tmp):
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _settle(layout)
                sweep(layout.tmp)
        _share(file)
        yield
    finally:
        os.close(file)


def sweep(tmp: str) -> None:
    """Remove everything in ``tmp``. The caller holds the store's lock alone."""
    for name in os.listdir(tmp):
        remove(f"{tmp}/{name}")


def remove(path: str) -> None:
    """Remove a file, or a folder with what is in it, as far as that is possible."""
    if not os.path.isdir(path) or os.path.islink(path):
        forget(path)
        return
    for inner, folders, files in os.walk(path, topdown=False):
        for name in (*files, *folders):
            _remove_one(f"{inner}/{name}")
    _remove_one(path)


def _remove_one(path: str) -> None:
    with contextlib.suppress(OSError):
        if os.path.isdir(path) and not os.path.islink(path):
            os.rmdir(path)
        else:
            os.unlink(path)


def _settle(layout: Layout) -> None:
    """Make durable the names that a killed writer may have given without living to do it.

    It leaves the temporary name until it has; whoever finds an object trusts that it survives a power cut.
    """
    with contextlib.suppress(OSError):
        for folder in (layout.packs, layout.events, layout.runs, layout.objects):
            fsync_folder(folder)
        for name in os.listdir(layout.objects):
            fsync_folder(f"{layout.objects}/{name}")


def _open(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _share(file: int) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise LockedError(
                    "the store is being cleaned by another process", hint="try again when mlrun gc has finished"
                ) from None
            time.sleep(_PAUSE)
        else:
            return
