"""Sending 2,000 files of 4 KiB to an empty folder."""

import os
from collections.abc import Callable, Iterator

from finished import write_small
from peers.peer import Absent, Action, Peer
from peers.place import Place
from peers.table import Table
from peers.turns import Costs, Effort, Project, ask, compared, take

_FILES, _SIZE = 2_000, 4096


def measure(peers: list[Peer], folder: str, effort: Effort) -> Iterator[Table]:
    count = effort.of(_FILES)
    asked = ask(peers, folder, Project(), _pushing(count), effort)
    costs = take(asked.commands, effort, warm=False)
    sent = {name: _size(f"{asked.places[name].beside}/remote") for name in costs.found}
    little = {name: f"sent {size:,} bytes, and not the files" for name, size in sent.items() if size < count * _SIZE}
    found = {name: cost for name, cost in costs.found.items() if name not in little}
    title = f"Push of {count:,} files of 4 KiB to a folder"
    yield compared(title, Costs(found, {**costs.failed, **little}), asked.notes)


def _pushing(count: int) -> Callable[[Peer, Place], Action]:
    def action(peer: Peer, place: Place) -> Action:
        if type(peer).push is Peer.push:
            raise Absent
        write_small(f"{place.top}/data", count, _SIZE)
        return peer.push(place, f"{place.beside}/remote")

    return action


def _size(folder: str) -> int:
    return sum(os.path.getsize(os.path.join(top, name)) for top, _, names in os.walk(folder) for name in names)
