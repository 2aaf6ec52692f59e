"""MLflow: the script calls it; its default store is an SQLite file beside the script."""

import contextlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence

from peers.peer import Action, Peer, below
from peers.place import Place, Script
from synthesis import parameters, results

_INSIDE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "inside")
_RUN = "import mlflow\nwith mlflow.start_run():"


class Mlflow(Peer):
    """No ``mlflow run``: that is for projects with an ``MLproject`` file, and starts one more Python."""

    name = "mlflow"
    title = "MLflow"
    wraps = False
    imported = True
    many_points = 1_000
    many_at_once = True

    def script(self, script: Script) -> str:
        return script.inside(_RUN)

    def track(self, place: Place) -> Sequence[str]:
        return (place.python, "train.py")

    def kept(self, place: Place) -> Iterator[bytes]:
        yield from below(f"{place.top}/mlruns", f"{place.top}/mlartifacts")
        with open(f"{place.top}/mlflow.db", "rb") as file:
            yield file.read()

    def states(self, place: Place) -> list[str]:
        if not os.path.exists(f"{place.top}/mlflow.db"):
            return []
        with contextlib.closing(sqlite3.connect(f"{place.top}/mlflow.db")) as database:
            return [status.lower() for (status,) in database.execute("SELECT status FROM runs")]

    def data(self, place: Place, *, first: bool) -> Action:
        """It copies all files into the run's folder, each time anew."""
        del first

        def tidy() -> None:
            shutil.rmtree(f"{place.top}/mlruns", ignore_errors=True)

        return Action(
            (place.python, "-c", "import mlflow\nwith mlflow.start_run(): mlflow.log_artifacts('data')"), tidy
        )

    def many(self, place: Place, count: int) -> None:
        runs = f"{place.beside}/runs.json"
        with open(runs, "w", encoding="utf-8") as file:
            json.dump([{"params": parameters(at), "metrics": results(at)} for at in range(count)], file)
        place.call(self.environment.python, f"{_INSIDE}/mlflow_runs.py", "make", runs, str(count))

    def list(self, place: Place) -> Sequence[str]:
        del place
        return (self.environment.python, f"{_INSIDE}/mlflow_runs.py", "all")

    def points(self, count: int) -> Script:
        return Script("", f"for step in range({count}):\n    mlflow.log_metric('loss', 1 / (step + 1), step=step)\n")
