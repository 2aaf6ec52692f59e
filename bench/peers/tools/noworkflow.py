"""noWorkflow: it rewrites the syntax tree of the script and runs it inside itself; it stores SQLite and files."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence

from peers.peer import Peer, below
from peers.place import Place


class Noworkflow(Peer):
    """It runs in the interpreter that trains, which therefore has its packages."""

    name = "noworkflow"
    title = "noWorkflow"
    imported = True

    def program(self, name: str | None = None) -> str:
        return super().program(name or "now")

    def track(self, place: Place) -> Sequence[str]:
        return (place.python, self.program(), "run", "train.py")

    def kept(self, place: Place) -> Iterator[bytes]:
        yield from below(f"{place.top}/.noworkflow")

    def states(self, place: Place) -> list[str]:
        store = f"{place.top}/.noworkflow/db.sqlite"
        if not os.path.exists(store):
            return []
        with contextlib.closing(sqlite3.connect(store)) as database:
            return [str(status) for (status,) in database.execute("SELECT status FROM trial")]

    def list(self, place: Place) -> Sequence[str]:
        del place
        return (self.program(), "list")
