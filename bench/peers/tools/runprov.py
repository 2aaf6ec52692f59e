"""runprov: hashes of what a script opened, in files beside it. It stores no bytes."""

import json
import os
from collections.abc import Iterator, Sequence

from peers.peer import Action, Peer, below
from peers.place import Place


class Runprov(Peer):
    """``capture`` runs the script inside itself, in the interpreter that trains.

    By ``-m``: the program itself does not find modules beside the script.
    """

    name = "runprov"
    title = "runprov"
    imported = True

    def track(self, place: Place) -> Sequence[str]:
        return (place.python, "-m", "runprov", "capture", "train.py")

    def kept(self, place: Place) -> Iterator[bytes]:
        yield from below(f"{place.top}/provenance")

    def states(self, place: Place) -> list[str]:
        history = f"{place.top}/provenance/runs.jsonl"
        if not os.path.exists(history):
            return []
        with open(history, encoding="utf-8") as file:
            found = {line["run_uid"]: line.get("status", "running") for line in map(json.loads, file)}
        return list(found.values())

    def data(self, place: Place, *, first: bool) -> Action:
        """A hash of each file, and no copy."""
        del place, first
        return Action((self.program(), "exec", "--input", "data", "--", "true"))

    def list(self, place: Place) -> Sequence[str]:
        del place
        return (self.program(), "log")
