"""mlrun, measured the same way."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence

from measure import MLRUN
from peers.contents import files
from peers.environments import Environment
from peers.peer import Action, Peer
from peers.place import Place, Script
from synthesis import make_runs


class Mlrun(Peer):
    """What a run kept is what `checkout` and `get` give back where there is nothing but the store."""

    name = "mlrun"
    title = "mlrun"
    many_at_once = True

    def __init__(self) -> None:
        super().__init__(Environment(sys.prefix, sys.executable))

    def program(self, name: str | None = None) -> str:
        del name
        return MLRUN

    def track(self, place: Place) -> Sequence[str]:
        del place
        return (MLRUN, "exec", "train.py")

    def kept(self, place: Place) -> Iterator[bytes]:
        alone, back, got = (f"{place.beside}/{name}" for name in ("alone", "back", "got"))
        os.mkdir(alone)
        os.mkdir(got)
        shutil.copytree(f"{place.top}/.mlrun", f"{alone}/.mlrun")
        there = place._replace(top=alone)
        there.call(MLRUN, "checkout", "@", back)
        yield from files(back)
        shown = there.call(MLRUN, "show", "--json")
        yield shown
        run = json.loads(shown)["data"]
        for number, each in enumerate((*run["config"], *run["inputs"])):
            there.call(MLRUN, "get", f"@:{each['path']}", "-o", f"{got}/{number}")
        yield from files(got)

    def states(self, place: Place) -> list[str]:
        if not os.path.exists(f"{place.top}/.mlrun"):
            return []
        listed = json.loads(place.call(MLRUN, "list", "-n", "0", "--json"))
        return [run["state"] for run in listed["data"]["runs"]]

    def data(self, place: Place, *, first: bool) -> Action:
        def forget() -> None:
            shutil.rmtree(f"{place.top}/.mlrun", ignore_errors=True)

        return Action((MLRUN, "exec", "-d", "data", "true"), forget if first else None)

    def many(self, place: Place, count: int) -> None:
        make_runs(f"{place.top}/.mlrun", count)

    def list(self, place: Place) -> Sequence[str]:
        del place
        return (MLRUN, "list", "-n", "0", "--json")

    def points(self, count: int) -> Script:
        body = f"for step in range({count}):\n    runlore.log(loss=1 / (step + 1), step=step)\n"
        return Script("import runlore", body)

    def push(self, place: Place, remote: str) -> Action:
        place.call(MLRUN, "exec", "-d", "data", "true")
        place.call(MLRUN, "remote", "add", "origin", remote)

        def empty() -> None:
            shutil.rmtree(remote, ignore_errors=True)
            shutil.rmtree(f"{place.top}/.mlrun/cache/remotes", ignore_errors=True)

        return Action((MLRUN, "push"), empty)
