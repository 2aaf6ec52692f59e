"""The folders of runs: begun, living, sealed. Section 6 of ``docs/internals/store-format.md``."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import RunId, record_id
from runlore.records.run import Intent, Seal, decode_intent, decode_seal
from runlore.store.boot import boot_id
from runlore.store.durable import create, fresh_name, fsync_folder, write_synced, writing
from runlore.store.layout import Layout
from runlore.store.lock import shared

HEARTBEAT = 30.0
"""Seconds between two signs of life of a run's owner."""
_STALE = 600.0
"""Seconds without one after which an owner on another machine is taken for dead."""
_KEPT = frozenset(("intent", "seal"))


class LiveRun(NamedTuple):
    """A run that this process owns: its id, its folder, and the descriptor that holds its lock."""

    id: RunId
    folder: str
    lock: int

    @property
    def journal(self) -> str:
        """Path of the journal."""
        return self.folder + "/journal"

    @property
    def log(self) -> str:
        """Path of the output while the command runs."""
        return self.folder + "/log"

    def beat(self) -> None:
        """Show those on other machines that the owner lives."""
        with contextlib.suppress(OSError):
            os.utime(self.lock)


def begin(layout: Layout, intent: bytes) -> LiveRun:
    """Make the run exist: from the return on it is durable, and running while this process lives.

    Raises:
        StoreWriteError: it could not be written; then there is no run.
    """
    run = RunId(record_id(intent))
    temporary = f"{layout.tmp}/{fresh_name()}"
    with writing("the record of the run"), shared(layout.root):
        os.mkdir(temporary)
        lock = os.open(temporary + "/lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            os.close(os.open(temporary + "/journal", os.O_WRONLY | os.O_CREAT, 0o644))
            write_synced(temporary + "/intent", intent)
            fsync_folder(temporary)
            os.rename(temporary, f"{layout.runs}/{run}")
            fsync_folder(layout.runs)
        except OSError:
            os.close(lock)
            raise
    return LiveRun(run, f"{layout.runs}/{run}", lock)


def seal(layout: Layout, run: RunId, data: bytes) -> bool:
    """Write the end of a run, once: False if it was sealed before. What only a living run needs goes."""
    folder = f"{layout.runs}/{run}"
    with writing("the seal of the run"), shared(layout.root):
        created = create(folder + "/seal", data, tmp=layout.tmp)
    with contextlib.suppress(OSError):
        for name in set(os.listdir(folder)) - _KEPT:
            os.unlink(f"{folder}/{name}")
    return created


def read_intent(layout: Layout, run: str) -> Intent:
    """The intent of a run; raises `CorruptError`."""
    data = _read(f"{layout.runs}/{run}/intent")
    if data is None or record_id(data) != run:
        raise CorruptError(f"the record of run {run} is damaged", hint="mlrun fsck shows what else is affected")
    try:
        return decode_intent(data)
    except MalformedRecordError as error:
        raise CorruptError(f"the record of run {run} cannot be read: {error}") from error


def read_seal(layout: Layout, run: str) -> Seal | None:
    """The seal of a run, ``None`` before there is one; raises `CorruptError`."""
    data = _read(f"{layout.runs}/{run}/seal")
    if data is None:
        return None
    try:
        found = decode_seal(data)
    except MalformedRecordError as error:
        raise CorruptError(f"the end of run {run} cannot be read: {error}") from error
    if found.run != run:
        raise CorruptError(f"the end of run {run} belongs to another run")
    return found


def is_sealed(layout: Layout, run: str) -> bool:
    """Whether the end of the run is on record."""
    return os.path.exists(f"{layout.runs}/{run}/seal")


def is_alive(layout: Layout, run: str, boot: str) -> bool:
    """Whether the owner of a run without a seal still lives; ``boot`` is the intent's."""
    path = f"{layout.runs}/{run}/lock"
    try:
        if boot != boot_id():
            return time.time() - os.stat(path).st_mtime < _STALE
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


@contextlib.contextmanager
def owned(layout: Layout, run: str, boot: str) -> Iterator[bool]:
    """Become the owner of a run whose own owner is gone, to seal it; gives False if it lives or is sealed."""
    path = f"{layout.runs}/{run}/lock"
    if is_sealed(layout, run) or is_alive(layout, run, boot):
        yield False
        return
    try:
        lock = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)  # lost by a copy of the store
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield not is_sealed(layout, run)
    finally:
        os.close(lock)


def live_log(layout: Layout, run: str) -> Iterator[bytes]:
    """What a run without a seal has printed so far."""
    data = _read(f"{layout.runs}/{run}/log")
    if data:
        yield data


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
