"""What logging a point of a metric takes: a run that logs many, less one that logs one, for each of them."""

from collections.abc import Iterator

from measure import Cost
from peers.peer import Action, Peer
from peers.place import Place
from peers.table import Table, times
from peers.turns import OURS, Effort, Project, ask, take

_HEAD = ("tool", "points", "CPU a point", "time a point", "CPU, times ours", "time, times ours", "")
_NOTES = {"guild": "reads them from what the script prints"}


def measure(peers: list[Peer], folder: str, effort: Effort) -> Iterator[Table]:
    """Our own cost holds the end of the run, where the points are put in their place."""
    counts = {peer.name: effort.of(peer.many_points) for peer in peers}
    one = ask(peers, f"{folder}/one", Project(lambda peer: peer.script(peer.points(1))), _track, effort)
    many = ask(
        peers, f"{folder}/many", Project(lambda peer: peer.script(peer.points(counts[peer.name] + 1))), _track, effort
    )
    named = {
        f"{name} {kind}": each for kind, asked in (("1", one), ("n", many)) for name, each in asked.commands.items()
    }
    costs = take(named, effort)
    found = {
        name: _each(costs.found[f"{name} n"], costs.found[f"{name} 1"], counts[name])
        for name in many.commands
        if f"{name} n" in costs.found and f"{name} 1" in costs.found
    }
    lines = [
        (
            name,
            f"{counts[name]:,}",
            f"{cost.cpu * 1e6:.1f} us",
            f"{cost.wall * 1e6:.1f} us",
            *(("", "") if name == OURS else (times(cost.cpu, found[OURS].cpu), times(cost.wall, found[OURS].wall))),
            _NOTES.get(name, ""),
        )
        for name, cost in found.items()
    ]
    lines += [(name, "", "", "", "", "", why) for name, why in {**many.notes, **costs.failed}.items()]
    yield Table("Logging a point of a metric", _HEAD, lines)


def _track(peer: Peer, place: Place) -> Action:
    return Action(peer.track(place))


def _each(many: Cost, one: Cost, count: int) -> Cost:
    return Cost((many.cpu - one.cpu) / count, (many.wall - one.wall) / count, many.memory)
