"""What a tracked run of a script that writes one line takes more than the bare one, in two sizes of repository."""

from collections.abc import Iterator

from measure import Command
from peers.peer import Action, Peer
from peers.place import WRITES, Script
from peers.table import Table
from peers.turns import OURS, Effort, Project, ask, compared, take

_TRIVIAL = Script("import time", f"{WRITES}print('trained')")
_SIZES = (10, 5_000)


def measure(peers: list[Peer], folder: str, effort: Effort) -> Iterator[Table]:
    """The bare run is that of the plain script in our project."""
    for size in map(effort.of, _SIZES):
        asked = ask(
            peers,
            f"{folder}/{size}",
            Project(lambda peer: peer.script(_TRIVIAL), size),
            lambda peer, place: Action(peer.track(place)),
            effort,
        )
        place = asked.places[OURS]
        bare = Command((place.python, "train.py"), place.top, place.variables)
        costs = take({"bare": bare, **asked.commands}, effort)
        alone = costs.found["bare"]
        tools = {name: cost for name, cost in costs.found.items() if name != "bare"}
        calls = {peer.name: "the script calls it" for peer in peers if not peer.wraps}
        title = f"Overhead of one run, {size:,} files (the bare run: {alone.cpu:.3f} s CPU, {alone.wall:.3f} s)"
        yield compared(title, costs._replace(found=tools), calls | asked.notes, alone)
