"""Taking in a folder of data: 10,000 files of 4 KiB, and one of 1 GiB; as never seen before, and unchanged."""

import shutil
from collections.abc import Callable, Iterator, Mapping

from finished import write_large, write_small
from peers.peer import Absent, Action, Peer
from peers.place import Place
from peers.table import Table
from peers.turns import ask, command, compared, take

_KINDS: Mapping[str, Callable[[str], object]] = {
    "10,000 files of 4 KiB": lambda folder: write_small(folder, 10_000, 4096),
    "one file of 1 GiB": lambda folder: write_large(folder, 1 << 30),
}
_NOTES = {
    "mlflow": "copies it, each time",
    "runprov": "hashes it and keeps no bytes",
    "datalad": "git-annex; files become links",
}


def measure(peers: list[Peer], folder: str, rounds: int) -> Iterator[Table]:
    """Whole commands. *First* has no round to warm up, and its files are in the page cache."""
    for number, (kind, write) in enumerate(_KINDS.items()):
        below = f"{folder}/{number}"
        first = ask(peers, below, lambda _: "print('trained')\n", _taking(write))
        yield compared(f"Data, {kind}, first", take(first.commands, rounds=rounds, warm=False), _NOTES | first.notes)
        again = {
            peer.name: command(first.places[peer.name], peer.data(first.places[peer.name], first=False))
            for peer in peers
            if peer.name in first.places
        }
        yield compared(f"Data, {kind}, unchanged", take(again, rounds=rounds), _NOTES | first.notes)
        shutil.rmtree(below, ignore_errors=True)


def _taking(write: Callable[[str], object]) -> Callable[[Peer, Place], Action]:
    def action(peer: Peer, place: Place) -> Action:
        if type(peer).data is Peer.data:
            raise Absent
        write(f"{place.top}/data")
        return peer.data(place, first=True)

    return action
