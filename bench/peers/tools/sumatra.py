"""Sumatra: a record in SQLite for each run, with the difference to the commit if it is asked to store one."""

import os
import re
from collections.abc import Iterator, Sequence

from peers.peer import Peer, below
from peers.place import Place


class Sumatra(Peer):
    """``--on-changed store-diff``: by default it refuses to run where something is not committed."""

    name = "sumatra"
    title = "Sumatra"

    def program(self, name: str | None = None) -> str:
        return super().program(name or "smt")

    def set_up(self, place: Place) -> None:
        os.makedirs(f"{place.top}/Data", exist_ok=True)
        settings = ("-e", place.python, "-m", "train.py", "-c", "store-diff", "-g", "uuid")
        place.call(self.program(), "init", *settings, "project")

    def track(self, place: Place) -> Sequence[str]:
        del place
        return (self.program(), "run", "--main=train.py")

    def kept(self, place: Place) -> Iterator[bytes]:
        yield from below(f"{place.top}/.smt", f"{place.top}/Data")

    def states(self, place: Place) -> list[str]:
        listed = place.call(*self.list(place)).decode()
        found = re.findall(r"^Tags[ ]*:(.*)$", listed, re.MULTILINE)
        return [tags.strip().strip("_") or "recorded" for tags in found]

    def help(self) -> Sequence[str]:
        return (self.program(), "help", "run")

    def list(self, place: Place) -> Sequence[str]:
        del place
        return (self.program(), "list", "-l")
