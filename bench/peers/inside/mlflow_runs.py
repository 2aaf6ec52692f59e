"""MLflow's half, in the environment and with the client of MLflow, on its default SQLite store.

``python mlflow_runs.py make RUNS COUNT``: log so many of the made-up runs in the JSON file RUNS: the first 1,000 by
MLflow's client, at some 50 a second, the others as copies of the rows that it made for the last of these.
``python mlflow_runs.py QUESTION``: answer it once, on standard output; ``nothing`` only opens the store.
``python mlflow_runs.py inside FILE``: each question five times after one, in this process; medians into FILE as JSON.
"""

import contextlib
import json
import sqlite3
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run
from sqlalchemy import event
from sqlalchemy.engine import Engine

_EXPERIMENT = "bench"
_ROUNDS = 5
_LOGGED = 1_000
_TABLES = ("runs", "params", "metrics", "latest_metrics", "tags")
_MOST = 50_000
_NEWEST = ["attributes.start_time DESC"]


def make(runs: list[Mapping[str, Any]]) -> None:
    event.listen(Engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    client = MlflowClient()
    experiment = client.create_experiment(_EXPERIMENT)
    first = int(time.time() * 1000) - len(runs) * 60_000
    for number, run in enumerate(runs[:_LOGGED]):
        at = first + number * 60_000
        made = client.create_run(experiment, start_time=at, run_name=f"run-{number}").info.run_id
        metrics = [Metric(name, value, at + 40_000, 50) for name, value in run["metrics"].items()]
        client.log_batch(made, metrics, [Param(name, str(value)) for name, value in run["params"].items()])
        client.set_terminated(made, "FINISHED", at + 40_000)
    with contextlib.closing(sqlite3.connect("mlflow.db")) as database, database:
        for number, run in enumerate(runs[_LOGGED:], _LOGGED):
            _copy(database, made, number, run, first + number * 60_000)


def _copy(database: sqlite3.Connection, template: str, number: int, run: Mapping[str, Any], at: int) -> None:
    """The rows of a run as those of ``template``, with its own name, times and values."""
    own = {
        "run_uuid": uuid.uuid4().hex,
        "name": f"run-{number}",
        "start_time": at,
        "end_time": at + 40_000,
        "timestamp": at + 40_000,
    }
    values = {**run["params"], **run["metrics"], "mlflow.runName": own["name"]}
    for table in _TABLES:
        found = database.execute(f"SELECT * FROM {table} WHERE run_uuid = ?", (template,))  # noqa: S608 - ours
        names = [column[0] for column in found.description]
        for row in found.fetchall():
            old = dict(zip(names, row, strict=True))
            new = {**old, **{name: value for name, value in own.items() if name in old}}
            if "value" in old:
                value = values[old["key"]]
                new["value"] = str(value) if isinstance(old["value"], str) else value
            marks = ", ".join("?" * len(names))
            database.execute(f"INSERT INTO {table} VALUES ({marks})", tuple(new.values()))  # noqa: S608 - ours


def answer(client: MlflowClient, question: str) -> list[dict[str, Any]]:
    """The runs that it asks for, as plain values."""
    return [run.to_dictionary() for run in _QUESTIONS[question](client)]


def _newest(client: MlflowClient) -> list[Run]:
    return _some(client, "", 20)


def _filtered(client: MlflowClient) -> list[Run]:
    """The newest 20 that match. A parameter is a text to MLflow, so that half of the filter is asked here."""
    found = [run for run in _some(client, "metrics.accuracy > 0.9", 25) if float(run.data.params["lr"]) < 0.1]
    return found[:20]


def _some(client: MlflowClient, condition: str, count: int) -> list[Run]:
    return list(client.search_runs(_where(client), condition, order_by=_NEWEST, max_results=count))


def _best(client: MlflowClient) -> list[Run]:
    return _some(client, "metrics.accuracy > 0.995", 20)


def _all(client: MlflowClient) -> list[Run]:
    return _some(client, "", _MOST)


def _two(client: MlflowClient) -> list[Run]:
    """The newest two, by their ids, as a script does that compares them: MLflow's client has no diff."""
    ids = [run.info.run_id for run in _some(client, "", 2)]
    return [client.get_run(each) for each in ids]


def _nothing(client: MlflowClient) -> list[Run]:
    _where(client)
    return []


def _where(client: MlflowClient) -> list[str]:
    return [client.get_experiment_by_name(_EXPERIMENT).experiment_id]


_QUESTIONS: Mapping[str, Callable[[MlflowClient], list[Run]]] = {
    "nothing": _nothing,
    "newest": _newest,
    "filtered": _filtered,
    "best": _best,
    "all": _all,
    "two": _two,
}


def inside() -> dict[str, tuple[float, float]]:
    """Median CPU and elapsed seconds of each question, in a process that has MLflow imported and its store open."""
    client = MlflowClient()
    return {name: _cost(client, name) for name in _QUESTIONS}


def _cost(client: MlflowClient, question: str) -> tuple[float, float]:
    answer(client, question)
    costs = []
    for _ in range(_ROUNDS):
        cpu, wall = time.process_time(), time.perf_counter()
        json.dumps(answer(client, question))
        costs.append((time.process_time() - cpu, time.perf_counter() - wall))
    return statistics.median(cpu for cpu, _ in costs), statistics.median(wall for _, wall in costs)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", source, count]:
            with open(source, encoding="utf-8") as file:
                make(json.load(file)[: int(count)])
        case ["inside", target]:
            with open(target, "w", encoding="utf-8") as file:
                json.dump(inside(), file)
        case [question]:
            print(json.dumps(answer(MlflowClient(), question)))
