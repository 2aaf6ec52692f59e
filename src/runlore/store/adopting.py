"""Runs and events that came from elsewhere, put beside our own. Section 6.5 of the store format."""

import os
from collections.abc import Iterable
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.records.hashing import record_id
from runlore.store.checksum import fingerprint
from runlore.store.durable import fresh_name, fsync_folder, link, write_all, writing
from runlore.store.layout import Layout
from runlore.store.lock import remove, shared
from runlore.store.reading import read_plain

ORIGIN = "origin"
"""The file of a run that says from where it came. What the run names may be there and not here."""
_SHORT = 4096


class Arrived(NamedTuple):
    """A run from elsewhere: the canonical bytes of its intent and of its seal."""

    run: str
    intent: bytes
    seal: bytes


class Origin(NamedTuple):
    """From where a run came: what the remote was called here then, and its URL."""

    remote: str
    url: str


def adopt(layout: Layout, runs: Iterable[Arrived], events: Iterable[bytes], origin: Origin) -> tuple[list[str], int]:
    """Put runs and events into the store; which runs, and how many events, were not here before.

    The objects that they need to be looked at are in the store already. On return all is durable. A run that is here
    is left as it is.

    Raises:
        StoreWriteError: not all could be written; what is here is whole.
    """
    note = encode_origin(origin)
    made: list[tuple[str, str]] = []
    with writing("what was pulled"), shared(layout.root):
        try:
            fresh = (each for each in runs if not os.path.lexists(f"{layout.runs}/{each.run}"))
            made.extend((_folder(layout, each, note), f"{layout.runs}/{each.run}") for each in fresh)
            notes = [_event(layout, data) for data in events]
            _sync(layout.root)
            settled = [os.path.basename(target) for temporary, target in made if _settle(temporary, target)]
            count = sum(link(temporary, target) for temporary, target in notes)
            for folder in (layout.runs, layout.events):
                fsync_folder(folder)
        finally:
            for temporary, _ in made:
                remove(temporary)
        for temporary, _ in notes:
            remove(temporary)
    return settled, count


def _folder(layout: Layout, each: Arrived, note: bytes) -> str:
    temporary = f"{layout.tmp}/{fresh_name()}"
    os.mkdir(temporary)
    seal = record_id(each.seal).encode() + b"\n" + each.seal
    for name, data in (("intent", each.intent), ("seal", seal), (ORIGIN, note)):
        _write(f"{temporary}/{name}", data)
    return temporary


def _event(layout: Layout, data: bytes) -> tuple[str, str]:
    temporary = f"{layout.tmp}/{fresh_name()}"
    _write(temporary, data)
    return temporary, f"{layout.events}/{record_id(data)}"


def _write(path: str, data: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
    try:
        write_all(file, data)
    finally:
        os.close(file)


def _settle(temporary: str, target: str) -> bool:
    """Give a run its name; False if somebody else has meanwhile."""
    try:
        os.rename(temporary, target)
    except OSError:
        if not os.path.isdir(target):
            raise
        return False
    return True


def _sync(root: str) -> None:
    """Make all that was written to the store's file system durable: one call for thousands of files."""
    import ctypes  # noqa: PLC0415 - whoever only asks where a run came from needs none of it

    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if not hasattr(library, "syncfs"):
            os.sync()
        elif library.syncfs(folder):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), root)
    finally:
        os.close(folder)


def encode_origin(origin: Origin) -> bytes:
    """What is written of it; the first line is a check of the others."""
    lines = f"remote = {origin.remote}\nurl = {origin.url}\n".encode("utf-8", "surrogateescape")
    return _check_line(lines) + lines


def _check_line(lines: bytes) -> bytes:
    return b"check = " + fingerprint(lines).hex().encode() + b"\n"


def decode_origin(data: bytes) -> Origin | None:
    """What the bytes of such a file say; ``None`` if they are damaged. What earlier versions wrote has no check."""
    first, _, rest = data.partition(b"\n")
    if first.startswith(b"check"):
        if first + b"\n" != _check_line(rest):
            return None
        data = rest
    fields = dict(_field(line) for line in data.decode("utf-8", "surrogateescape").splitlines())
    is_whole = fields.keys() == {"remote", "url"} and data.endswith(b"\n")
    return Origin(fields["remote"], fields["url"]) if is_whole else None


def _field(line: str) -> tuple[str, str]:
    key, _, value = line.partition("=")
    return key.strip(), value.strip()


def origin_of(layout: Layout, run: str) -> Origin | None:
    """From where the run came; ``None`` for one that was made here.

    Raises:
        CorruptError: what says so is damaged.
    """
    try:
        found = decode_origin(read_plain(f"{layout.runs}/{run}/{ORIGIN}")[:_SHORT])
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _damaged(run) from error
    if found is None:
        raise _damaged(run)
    return found


def _damaged(run: str) -> CorruptError:
    message = f"the note of where run {run[:12]} came from is damaged"
    return CorruptError(message, hint="mlrun fsck --repair mends it, or sets it aside")
