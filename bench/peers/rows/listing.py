"""Showing all runs there are. They are made once and kept beside the environments: making them takes minutes."""

import os
import shutil
import sys
from collections.abc import Iterator

from measure import Command
from peers.environments import PACKAGES
from peers.peer import Absent, Peer
from peers.place import Place, there, unharmed
from peers.table import Table
from peers.turns import OURS, Effort, compared, take

MANY, _FEW = 1_000, 100


def measure(peers: list[Peer], folder: str, effort: Effort) -> Iterator[Table]:
    """One table for those whose own means make a thousand runs in a minute or two, one for the others."""
    for most in (MANY, _FEW):
        alike = [peer for peer in peers if peer.many_at_once == (most == MANY)]
        if not alike:
            continue
        count = effort.of(most)
        commands: dict[str, Command] = {}
        notes: dict[str, str] = {}
        for peer in [each for each in peers if each.name == OURS or each in alike]:
            try:
                place = made(peer, folder, count)
                commands[peer.name] = Command(peer.list(place), place.top, place.variables)
                notes[peer.name] = f"`{' '.join(_short(word) for word in commands[peer.name].argv)}`"
            except Absent as absent:
                notes[peer.name] = str(absent) or "has no command for it"
            except (RuntimeError, OSError) as error:
                notes[peer.name] = " ".join(str(error).split())[-120:]
        yield compared(f"Listing {count:,} runs", take(commands, effort), notes)


def made(peer: Peer, folder: str, count: int) -> Place:
    """The project of a tool with so many runs, from the time before if there is one."""
    if type(peer).list is Peer.list:
        raise Absent
    keep = os.path.join(peer.folder, "runs", str(count)) if peer.name in PACKAGES else f"{folder}/{peer.name}-{count}"
    done = os.path.join(keep, "made")
    if os.path.exists(done):
        return there(keep, peer.environment)
    print(f"{peer.title}: {count:,} runs ...", file=sys.stderr)
    shutil.rmtree(keep, ignore_errors=True)
    place = peer.project(keep, "print('trained')\n")
    peer.many(place, count)
    unharmed(peer.name)
    with open(done, "wb"):
        return place


def _short(word: str) -> str:
    return os.path.basename(word) if word.startswith("/") else word
