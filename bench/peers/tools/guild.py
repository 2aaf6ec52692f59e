"""Guild AI: an operation that is a command; each run is a folder with a copy of the source code."""

import json
import os
from collections.abc import Iterator, Sequence

from peers.peer import Peer, below
from peers.place import Place, Script

_OPERATION = "train:\n  exec: python train.py\n"


class Guild(Peer):
    """Its runs lie in one folder of the user, ``$GUILD_HOME``; here each project has one."""

    name = "guild"
    title = "Guild AI"

    def set_up(self, place: Place) -> None:
        os.makedirs(place.variables["GUILD_HOME"])
        place.write("guild.yml", _OPERATION)
        place.commit()

    def track(self, place: Place) -> Sequence[str]:
        del place
        return (self.program(), "run", "-y", "train")

    def kept(self, place: Place) -> Iterator[bytes]:
        yield from below(f"{place.variables['GUILD_HOME']}/runs")

    def states(self, place: Place) -> list[str]:
        return [run["status"] for run in json.loads(place.call(*self.list(place)))]

    def list(self, place: Place) -> Sequence[str]:
        del place
        return (self.program(), "runs", "list", "--all", "--json")

    def points(self, count: int) -> Script:
        body = f"for step in range({count}):\n    print(f'step: {{step}}\\nloss: {{1 / (step + 1)}}')\n"
        return Script("", body)
