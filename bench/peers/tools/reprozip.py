"""ReproZip: a trace of every system call, and a pack of every file that was read."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence

from peers.contents import files
from peers.peer import Peer
from peers.place import Place


class Reprozip(Peer):
    """One trace at a time lies in a folder; it becomes a pack by another command, which is not measured."""

    name = "reprozip"
    title = "ReproZip"

    def set_up(self, place: Place) -> None:
        place.call(self.program(), "usage_report", "--disable")

    def track(self, place: Place) -> Sequence[str]:
        return (self.program(), "trace", "-w", place.python, "train.py")

    def kept(self, place: Place) -> Iterator[bytes]:
        os.mkdir(f"{place.beside}/pack")
        place.call(self.program(), "pack", f"{place.beside}/pack/run.rpz")
        yield from files(f"{place.beside}/pack")

    def states(self, place: Place) -> list[str]:
        trace = f"{place.top}/.reprozip-trace/trace.sqlite3"
        if not os.path.exists(trace):
            return []
        with contextlib.closing(sqlite3.connect(trace)) as database:
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'processes'").fetchall():
                return []
            ended = database.execute("SELECT exitcode FROM processes WHERE parent IS NULL").fetchall()
        return [_state(code) for (code,) in ended]


def _state(code: int | None) -> str:
    """Of the first process: an exit status, with bit 8 set the number of a signal."""
    if code is None:
        return "running"
    return "completed" if code == 0 else f"signal {code & 255}" if code & 256 else f"exit {code}"
