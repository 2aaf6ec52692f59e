"""What a tool takes to say how it is used: its start-up."""

from collections.abc import Iterator

from measure import Command, environ
from peers.peer import Absent, Peer
from peers.place import QUIET
from peers.table import Table
from peers.turns import Effort, compared, take


def measure(peers: list[Peer], folder: str, effort: Effort) -> Iterator[Table]:
    commands = {}
    notes = {}
    for peer in peers:
        try:
            commands[peer.name] = Command(peer.help(), folder, {**environ(folder), **QUIET})
        except Absent:
            notes[peer.name] = "has no command"
    yield compared("Start-up, `--help`", take(commands, effort), notes)
