"""What a remote really does, found out by trying: it may be read-only, slow to list, or lie about conditions."""

import os
import statistics
import time
from typing import NamedTuple

from runlore.errors import RemoteError, RemoteRefusedError
from runlore.store.remote import names
from runlore.store.remote.port import Remote, Stat

_BEGINNING = f"{names.TRIALS}/trial-"
"""Its files lie where few others do: those that are written to see what time it is there."""
_OLD = 24 * 3600.0
"""Seconds after which a trial's file is left from one that was killed."""
_TIMES = 5
_DATA = bytes(range(256))
HONOURED, IGNORED, REFUSED = "honoured", "ignored", "refused"


class Trial(NamedTuple):
    """What was found out. What needs writing is ``None`` on a remote that can only be read."""

    writable: bool
    refusal: str | None
    """In its own words, why nothing can be written."""
    whole: bool | None
    """What was written came back, all of it and the part that was asked for."""
    listed: bool | None
    """What was written was in the next listing, and what was deleted was not."""
    create: str | None
    """Writing only where there is no such file: honoured, ignored or refused."""
    proves: bool | None
    """It tells the sum of what has arrived."""
    latency: float
    """Seconds for a small request, the median of five."""
    clock: float | None
    """Seconds by which its clock is ahead of ours; some tell only whole seconds."""


def attempt(remote: Remote) -> Trial:
    """Try the remote, and leave nothing on it; what an earlier trial left because it was killed goes too.

    Raises:
        RemoteError: it cannot be reached, or cannot even be read.
    """
    earlier = [found for found in remote.names(names.TRIALS) if found.name.startswith(_BEGINNING)]
    latency = _latency(remote)
    name = f"{_BEGINNING}{os.urandom(8).hex()}"
    began = time.time()
    try:
        remote.write(name, _DATA)
    except RemoteRefusedError as error:
        return Trial(False, error.message, None, None, None, None, latency, None)
    except BaseException:
        _remove(remote, name)  # it may be there, and only the answer was lost
        raise
    try:
        return _writable(remote, name, (began + time.time()) / 2, latency, earlier)
    finally:
        _remove(remote, name)


def _writable(remote: Remote, name: str, wrote: float, latency: float, earlier: list[Stat]) -> Trial:
    whole = remote.read(name) == _DATA and remote.read(name, 10, 20) == _DATA[10:30]
    there = remote.stat(name)
    clock = None if there is None or not there.written else there.written - wrote
    _remove_old(remote, earlier, there.written if there else 0.0)
    listed = name in [found.name for found in remote.names(names.TRIALS)]
    create = _create(remote, name)
    remote.delete([name])
    listed = listed and name not in [found.name for found in remote.names(names.TRIALS)]
    return Trial(True, None, whole, listed, create, remote.proves, latency, clock)


def _create(remote: Remote, name: str) -> str:
    """Whether a second file of that name is refused, and one of a name that is free is not."""
    other = f"{name}-new"
    try:
        if remote.create(name, b"second"):
            return IGNORED
        return HONOURED if remote.create(other, b"first") else IGNORED
    except RemoteRefusedError:
        return REFUSED
    finally:
        remote.delete([other])


def _latency(remote: Remote) -> float:
    taken = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        remote.stat(names.FORMAT)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _remove_old(remote: Remote, earlier: list[Stat], now: float) -> None:
    """Old by the remote's own clock, which the file that was just written tells."""
    remote.delete([found.name for found in earlier if now - found.written > _OLD])


def _remove(remote: Remote, name: str) -> None:
    """Both files; what cannot be removed now is by the next trial."""
    try:
        remote.delete([name, f"{name}-new"])
    except RemoteError:
        return
