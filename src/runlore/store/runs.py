"""The folders of runs: begun, living, sealed. Section 6 of ``docs/internals/store-format.md``."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from typing import NamedTuple

from runlore.errors import CorruptError, NewerRecordError, StoreWriteError
from runlore.records.fields import MalformedRecordError, NewerSchemaError
from runlore.records.hashing import RunId, record_id
from runlore.records.run import Intent, Seal, decode_intent, decode_seal
from runlore.store.boot import boot_id
from runlore.store.durable import create, forget, fresh_name, fsync_folder, write_synced, writing
from runlore.store.layout import Layout
from runlore.store.lock import remove, shared
from runlore.store.reading import open_plain, read_plain

_STALE = 600.0
"""Seconds without one after which an owner on another machine is taken for dead."""
_RESERVE = 64 << 10
"""Bytes set aside while a run lives, so that its end can be written on a disk that it has filled itself."""
_HINT = "mlrun fsck shows what else is affected"
_KEPT = frozenset(("intent", "seal", "origin"))


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

    @property
    def saved(self) -> str:
        """Where what the run writes over is set aside."""
        return self.folder + "/saved"

    def release(self) -> None:
        """Give back what was set aside for the end, which comes now."""
        forget(self.folder + "/reserve")

    def check_there(self, layout: Layout) -> None:
        """Raises `StoreWriteError` if somebody has removed the run, or the store with it: neither is made anew."""
        gone = "" if os.path.lexists(self.folder + "/intent") else f'the record of the run, "{self.folder}",'
        if not os.path.lexists(layout.root + "/format"):
            gone = f'the store "{layout.root}"'
        if gone:
            message = f"{gone} was removed while the command ran: nothing of this run is on record"
            raise StoreWriteError(message, hint="what the run itself has written is where it wrote it")

    def beat(self) -> None:
        """Show those on other machines that the owner lives; raises ``OSError`` if that cannot be written."""
        os.utime(self.lock)


def begin(layout: Layout, intent: bytes) -> LiveRun:
    """Make the run exist: from the return on it is durable, and running while this process lives.

    Raises:
        StoreWriteError: it could not be written; then there is no run.
    """
    run = RunId(record_id(intent))
    folder, temporary = f"{layout.runs}/{run}", f"{layout.tmp}/{fresh_name()}"
    with writing("the record of the run"), shared(layout.root):
        try:
            lock = _make(temporary, intent)
        except OSError:
            remove(temporary)
            raise
        try:
            os.rename(temporary, folder)
            fsync_folder(layout.runs)
        except OSError:
            os.close(lock)
            _take_back(folder, temporary)
            raise
    return LiveRun(run, folder, lock)


def _make(folder: str, intent: bytes) -> int:
    """The folder of a new run, durable but for its name; the descriptor that holds its lock."""
    os.mkdir(folder)
    lock = os.open(folder + "/lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.close(os.open(folder + "/journal", os.O_WRONLY | os.O_CREAT, 0o600))  # it holds what a script says
        _reserve(folder + "/reserve")
        write_synced(folder + "/intent", intent)
        fsync_folder(folder)
    except OSError:
        os.close(lock)
        raise
    return lock


def _reserve(path: str) -> None:
    """Set space aside, where the file system can."""
    with contextlib.suppress(OSError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.posix_fallocate(file, 0, _RESERVE)
        finally:
            os.close(file)


def _take_back(folder: str, temporary: str) -> None:
    """Let a run that was not acknowledged not have been, in one step."""
    with contextlib.suppress(OSError):
        os.rename(folder, temporary)
    remove(temporary)


def seal(layout: Layout, run: RunId, data: bytes) -> bool:
    """Write the end of a run, once: False if it was sealed before. What only a living run needs goes."""
    folder = f"{layout.runs}/{run}"
    with writing("the seal of the run"), shared(layout.root):
        created = create(folder + "/seal", record_id(data).encode() + b"\n" + data, tmp=layout.tmp)
    with contextlib.suppress(OSError):
        for name in set(os.listdir(folder)) - _KEPT:
            remove(f"{folder}/{name}")
    return created


def read_intent(layout: Layout, run: str) -> Intent:
    """The intent of a run; raises `CorruptError`."""
    data = _read(layout, run, "intent")
    if data is None or record_id(data) != run:
        raise CorruptError(f"the record of run {run} is damaged", hint=_HINT)
    try:
        return decode_intent(data)
    except MalformedRecordError as error:
        raise unreadable(f"the record of run {run}", error) from error


def read_seal(layout: Layout, run: str) -> Seal | None:
    """The seal of a run, ``None`` before there is one; raises `CorruptError`."""
    data = _read(layout, run, "seal")
    if data is None:
        if has_lost_seal(layout, run):
            raise CorruptError(f"the end of run {run} is gone", hint=_HINT)
        return None
    try:
        found = open_seal(data)
    except MalformedRecordError as error:
        raise unreadable(f"the end of run {run}", error) from error
    if found.run != run:
        raise CorruptError(f"the end of run {run} belongs to another run", hint=_HINT)
    return found


def unreadable(what: str, error: MalformedRecordError) -> CorruptError:
    """What to say of a record that cannot be read: one of a newer mlrun is not damaged."""
    message = f"{what} cannot be read: {error}"
    if isinstance(error, NewerSchemaError):
        return NewerRecordError(message, hint="pip install --upgrade runlore")
    return CorruptError(message, hint=_HINT)


def open_seal(data: bytes) -> Seal:
    """The seal in the bytes of its file, which begins with its id, for its name does not say it.

    Raises:
        MalformedRecordError: they are not what was written.
    """
    written, _, record = data.partition(b"\n")
    if record_id(record).encode() != written:
        raise MalformedRecordError("the bytes are not those of its id")
    return decode_seal(record)


def is_sealed(layout: Layout, run: str) -> bool:
    """Whether the end of the run is on record."""
    return os.path.exists(f"{layout.runs}/{run}/seal")


def has_lost_seal(layout: Layout, run: str) -> bool:
    """Whether the run was sealed once, for what only a run that has not ended has is gone, and no seal is there."""
    folder = f"{layout.runs}/{run}"
    waits = any(os.path.lexists(f"{folder}/{name}") for name in ("lock", "journal"))
    # Whoever seals it at this moment removes those when the seal is there.
    return not waits and os.path.lexists(folder + "/intent") and not os.path.lexists(folder + "/seal")


def is_alive(layout: Layout, run: str, boot: str) -> bool:
    """Whether the owner of a run without a seal still lives; ``boot`` is the intent's."""
    path = f"{layout.runs}/{run}/lock"
    try:
        if boot != boot_id():
            return time.time() - os.stat(path).st_mtime < _STALE
        file = open_plain(path)
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
    if is_sealed(layout, run) or is_alive(layout, run, boot) or has_lost_seal(layout, run):
        yield False
        return
    lock = os.open(
        path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644
    )  # a copy of the store may have lost it
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        mine = not is_sealed(layout, run)
        if not mine:
            forget(path)  # who sealed it meanwhile had removed it
        yield mine
    finally:
        os.close(lock)


def live_log(layout: Layout, run: str) -> Iterator[bytes]:
    """What a run without a seal has printed so far; raises `CorruptError`."""
    data = _read(layout, run, "log")
    if data:
        yield data


def live_journal(layout: Layout, run: str) -> str:
    """Path of the journal of a run without a seal."""
    return f"{layout.runs}/{run}/journal"


def _read(layout: Layout, run: str, name: str) -> bytes | None:
    """The bytes of a file of a run, ``None`` if there is none; raises `CorruptError` if it cannot be read."""
    try:
        return read_plain(f"{layout.runs}/{run}/{name}")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CorruptError(f"the {name} of run {run} cannot be read: {error.strerror}", hint=_HINT) from error
