"""Taking in a folder of data: 10,000 files of 4 KiB, and one of 1 GiB; as never seen before, and unchanged."""

import shutil
from collections.abc import Callable, Iterator, Mapping

from finished import write_large, write_small
from peers.peer import Absent, Action, Peer
from peers.place import Place
from peers.table import Table
from peers.turns import Effort, Project, ask, command, compared, take

_FILES, _SIZE, _LARGE = 10_000, 4096, 1024
_NOTES = {
    "mlflow": "copies it, each time",
    "runprov": "hashes it and keeps no bytes",
    "datalad": "git-annex; files become links",
}


def measure(peers: list[Peer], folder: str, effort: Effort) -> Iterator[Table]:
    """Whole commands. *First* has no round to warm up, and its files are in the page cache."""
    count, large = effort.of(_FILES), effort.of(_LARGE)
    kinds: Mapping[str, Callable[[str], object]] = {
        f"{count:,} files of 4 KiB": lambda folder: write_small(folder, count, _SIZE),
        f"one file of {large:,} MiB": lambda folder: write_large(folder, large << 20),
    }
    notes = {peer.name: _NOTES[peer.name] for peer in peers if peer.name in _NOTES}
    for number, (kind, write) in enumerate(kinds.items()):
        below = f"{folder}/{number}"
        first = ask(peers, below, Project(), _taking(write), effort)
        yield compared(f"Data, {kind}, first", take(first.commands, effort, warm=False), notes | first.notes)
        again = {
            peer.name: command(first.places[peer.name], peer.data(first.places[peer.name], first=False))
            for peer in peers
            if peer.name in first.places
        }
        yield compared(f"Data, {kind}, unchanged", take(again, effort), notes | first.notes)
        shutil.rmtree(below, ignore_errors=True)


def _taking(write: Callable[[str], object]) -> Callable[[Peer, Place], Action]:
    def action(peer: Peer, place: Place) -> Action:
        if type(peer).data is Peer.data:
            raise Absent
        write(f"{place.top}/data")
        return peer.data(place, first=True)

    return action
