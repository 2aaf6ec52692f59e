"""Costs of tools taken by turns, where a tool that fails is left out with what it said."""

import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from measure import Command, Cost, run
from peers.peer import Absent, Action, Peer
from peers.place import Place, settle, unharmed
from peers.table import Table, seconds, times

OURS = "mlrun"


class Effort(NamedTuple):
    """How many rounds of which the median is taken, and by what the sizes are divided to see only that all works."""

    rounds: int
    share: int = 1

    def of(self, size: int) -> int:
        return size if size < self.share else max(10, size // self.share)


class Project(NamedTuple):
    """What is in ``train.py``, which may differ by tool, and how many modules lie beside it."""

    text: Callable[[Peer], str] = lambda _: "print('trained')\n"
    modules: int = 10


class Costs(NamedTuple):
    """Medians by tool, and the reason why there is none."""

    found: Mapping[str, Cost]
    failed: Mapping[str, str]


class Asked(NamedTuple):
    """What each tool is to run, the projects, and why there is none, all by tool."""

    commands: dict[str, Command]
    places: dict[str, Place]
    notes: dict[str, str]


def ask(
    peers: Sequence[Peer],
    folder: str,
    project: Project,
    action: Callable[[Peer, Place], Action],
    effort: Effort,
) -> Asked:
    """Have each tool say what it would run, in such a project of its own below ``folder``."""
    asked = Asked({}, {}, {})
    for peer in peers:
        try:
            place = peer.project(f"{folder}/{peer.name}", project.text(peer), project.modules)
            peer.set_up(place)
            asked.commands[peer.name] = command(place, action(peer, place))
            asked.places[peer.name] = place
        except Absent as absent:
            asked.notes[peer.name] = str(absent) or "has none"
        except (RuntimeError, OSError) as error:
            asked.notes[peer.name] = " ".join(str(error).split())[-120:]
        unharmed(peer.name)
    if effort.share == 1:
        settle(list(asked.places.values()))
    return asked


def command(place: Place, action: Action) -> Command:
    return Command(action.argv, place.top, place.variables, before=action.before)


def take(commands: Mapping[str, Command], effort: Effort, *, warm: bool = True) -> Costs:
    """All by turns, after one round to warm up if wanted; each round's order is the same."""
    warm, rounds = warm and effort.share == 1, effort.rounds
    found: dict[str, list[Cost]] = {name: [] for name in commands}
    failed: dict[str, str] = {}
    for number in range(rounds + warm):
        for name, each in commands.items():
            if name not in failed:
                print(f"  {name}, {number + 1} of {rounds + warm}", file=sys.stderr, flush=True)
                try:
                    found[name].append(run(each))
                except (RuntimeError, OSError) as error:
                    failed[name] = " ".join(str(error).split())[-120:]
                unharmed(name)
    medians = {name: _median(costs[warm:]) for name, costs in found.items() if name not in failed}
    return Costs(medians, failed)


def compared(title: str, costs: Costs, notes: Mapping[str, str], bare: Cost | None = None) -> Table:
    """A line for each tool: CPU, time and memory, less what the bare command takes; and how many times ours that is."""
    head = ("tool", "CPU", "time", "peak memory", "CPU, times ours", "time, times ours", "")
    base = bare or Cost(0, 0, 0)
    net = {name: Cost(each.cpu - base.cpu, each.wall - base.wall, each.memory) for name, each in costs.found.items()}
    ours = net.get(OURS)
    lines = [_line(name, each, ours, notes.get(name, "")) for name, each in net.items()]
    missing = {**{name: why for name, why in notes.items() if name not in net}, **costs.failed}
    lines += [(name, *([""] * 5), why) for name, why in missing.items()]
    return Table(title, head, lines)


def _line(name: str, cost: Cost, ours: Cost | None, note: str) -> tuple[str, ...]:
    ratios: Iterable[str] = ("", "")
    if ours is not None and name != OURS:
        ratios = (times(cost.cpu, ours.cpu), times(cost.wall, ours.wall))
    return (name, seconds(cost.cpu), seconds(cost.wall), f"{cost.memory >> 20} MiB", *ratios, note)


def _median(costs: list[Cost]) -> Cost:
    cpu, wall, memory = map(statistics.median, zip(*costs, strict=True))
    return Cost(cpu, wall, int(memory))
