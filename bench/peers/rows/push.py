"""Sending 2,000 files of 4 KiB to an empty folder."""

import os
from collections.abc import Iterator

from finished import write_small
from peers.peer import Absent, Action, Peer
from peers.place import Place
from peers.table import Table
from peers.turns import ask, compared, take

_FILES, _SIZE = 2_000, 4096


def measure(peers: list[Peer], folder: str, rounds: int) -> Iterator[Table]:
    asked = ask(peers, folder, lambda _: "print('trained')\n", _pushing)
    costs = take(asked.commands, rounds=rounds, warm=False)
    for name in costs.found:
        sent = _size(f"{asked.places[name].beside}/remote")
        assert sent >= _FILES * _SIZE, f"{name} sent {sent} bytes"
    yield compared(f"Push of {_FILES:,} files of 4 KiB to a folder", costs, asked.notes)


def _pushing(peer: Peer, place: Place) -> Action:
    if type(peer).push is Peer.push:
        raise Absent
    write_small(f"{place.top}/data", _FILES, _SIZE)
    return peer.push(place, f"{place.beside}/remote")


def _size(folder: str) -> int:
    return sum(os.path.getsize(os.path.join(top, name)) for top, _, names in os.walk(folder) for name in names)
