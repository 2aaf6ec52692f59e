"""DVC: a pipeline of one stage, run as an experiment. What it keeps are git commits, and a cache for data."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence

from peers.contents import git_objects
from peers.peer import Absent, Action, Peer, below
from peers.place import Place, Script
from synthesis import parameters, results

_STAGES = "stages:\n  train:\n    cmd: python train.py\n    deps: [train.py]\n    outs: [result.txt]\n"
_MAKER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "inside", "dvc_experiments.py")


class Dvc(Peer):
    """``exp run``, forced: an unchanged stage is not run again otherwise."""

    name = "dvc"
    title = "DVC"
    many_at_once = True

    def set_up(self, place: Place) -> None:
        place.call(self.program(), "init", "-q")
        place.call(self.program(), "config", "core.analytics", "false")
        place.write("dvc.yaml", _STAGES)
        place.commit()

    def track(self, place: Place) -> Sequence[str]:
        del place
        return (self.program(), "exp", "run", "-f")

    def kept(self, place: Place) -> Iterator[bytes]:
        names = place.call("git", "for-each-ref", "--format=%(refname)", "refs/exps").decode().split()
        made = [name for name in names if name.split("/")[2] not in ("exec", "stash", "celery")]
        if made:
            yield from git_objects(place.top, place.variables, *made)
        yield from below(f"{place.top}/.dvc/cache")

    def states(self, place: Place) -> list[str]:
        found = json.loads(place.call(self.program(), "exp", "show", "--json", "--all-commits"))
        runs = [run for commit in found for run in commit["experiments"] or ()]
        return ["failed" if run["revs"][0]["error"] else "completed" for run in runs]

    def data(self, place: Place, *, first: bool) -> Action:
        def forget() -> None:
            for each in (f"{place.top}/.dvc/cache", f"{place.top}/.dvc/tmp", place.variables["DVC_SITE_CACHE_DIR"]):
                shutil.rmtree(each, ignore_errors=True)
            if os.path.exists(f"{place.top}/data.dvc"):
                os.unlink(f"{place.top}/data.dvc")

        return Action((self.program(), "add", "-q", "data"), forget if first else None)

    def many(self, place: Place, count: int) -> None:
        runs = f"{place.beside}/runs.json"
        with open(runs, "w", encoding="utf-8") as file:
            json.dump([{"params": parameters(at), "metrics": results(at)} for at in range(count)], file)
        place.call(self.environment.python, _MAKER, runs, str(count))

    def list(self, place: Place) -> Sequence[str]:
        del place
        return (self.program(), "exp", "show", "--json")

    def points(self, count: int) -> Script:
        del count
        raise Absent("has another package for it, DVCLive")

    def push(self, place: Place, remote: str) -> Action:
        place.call(self.program(), "add", "-q", "data")
        place.call(self.program(), "remote", "add", "-q", "-d", "there", remote)

        def empty() -> None:
            shutil.rmtree(remote, ignore_errors=True)
            os.mkdir(remote)

        return Action((self.program(), "push", "-q"), empty)
