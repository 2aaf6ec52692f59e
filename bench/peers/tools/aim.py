"""Aim: the script calls it; its store is RocksDB in ``.aim``."""

import json
import os
from collections.abc import Iterator, Sequence

from peers.peer import Peer
from peers.place import Place, Script

_INSIDE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "inside", "aim_runs.py")
_IMPORT = "from aim import Run\nrun = Run(log_system_params=True)\nif True:"


class Aim(Peer):
    """``log_system_params``: without it nothing is kept of variables, packages and git."""

    name = "aim"
    title = "Aim"
    wraps = False
    imported = True

    def script(self, script: Script) -> str:
        return script.inside(_IMPORT)

    def set_up(self, place: Place) -> None:
        place.call(self.program(), "init", "-y")

    def track(self, place: Place) -> Sequence[str]:
        return (place.python, "train.py")

    def kept(self, place: Place) -> Iterator[bytes]:
        yield self._everything(place)

    def states(self, place: Place) -> list[str]:
        return [run["state"] for run in json.loads(self._everything(place))]

    def _everything(self, place: Place) -> bytes:
        """What its library says once there is an index, which Aim's server makes otherwise."""
        place.call(self.program(), "storage", "reindex", "-y")
        return place.call(self.environment.python, _INSIDE, "all")

    def many(self, place: Place, count: int) -> None:
        self.set_up(place)
        place.call(self.environment.python, _INSIDE, "make", str(count))
        place.call(self.program(), "storage", "reindex", "-y")

    def list(self, place: Place) -> Sequence[str]:
        """``aim runs ls`` shows the ids of runs and nothing else; what they hold is read by its library."""
        del place
        return (self.environment.python, _INSIDE, "all")

    def points(self, count: int) -> Script:
        return Script("", f"for step in range({count}):\n    run.track(1 / (step + 1), name='loss', step=step)\n")
