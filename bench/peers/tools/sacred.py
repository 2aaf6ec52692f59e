"""Sacred: the script calls it; here each run is a folder of its file observer."""

import json
import os
from collections.abc import Iterator, Sequence

from peers.peer import Absent, Peer, below
from peers.place import Place, Script

_EXPERIMENT = """from sacred import Experiment
from sacred.observers import FileStorageObserver
experiment = Experiment("train")
experiment.observers.append(FileStorageObserver("sacred_runs"))
@experiment.automain
def main(_run):"""


class Sacred(Peer):
    """Other observers need MongoDB or an SQL server. It has no command of its own to list runs."""

    name = "sacred"
    title = "Sacred"
    wraps = False
    imported = True

    def script(self, script: Script) -> str:
        return script.inside(_EXPERIMENT)

    def track(self, place: Place) -> Sequence[str]:
        return (place.python, "train.py")

    def kept(self, place: Place) -> Iterator[bytes]:
        yield from below(f"{place.top}/sacred_runs")

    def states(self, place: Place) -> list[str]:
        found = []
        for top, _, names in os.walk(f"{place.top}/sacred_runs"):
            if "run.json" in names:
                with open(f"{top}/run.json", encoding="utf-8") as file:
                    found.append(str(json.load(file)["status"]).lower())
        return found

    def help(self) -> Sequence[str]:
        raise Absent

    def points(self, count: int) -> Script:
        return Script("", f"for step in range({count}):\n    _run.log_scalar('loss', 1 / (step + 1), step)\n")
