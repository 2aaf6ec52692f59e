"""Aim's half, in the environment and with the library of Aim: ``python aim_runs.py make COUNT | all``.

``make`` logs so many runs of four parameters and two metrics; ``all`` prints what the store holds of all as JSON.
"""

import json
import sys

from aim import Repo, Run


def make(count: int) -> None:
    for number in range(count):
        run = Run(capture_terminal_logs=False, system_tracking_interval=None)
        run["params"] = {"lr": 0.1 / (1 + number % 7), "seed": number, "depth": 3 + number % 4, "name": "resnet"}
        accuracy = 0.9 + (number % 97) / 1000
        run.track({"accuracy": accuracy, "loss": 1 - accuracy})
        run.close()


def everything() -> list[dict[str, object]]:
    found = []
    for run in Repo(".").iter_runs():
        metrics = {metric.name: metric.values.sparse_list()[1][-1] for metric in run.metrics()}
        kept = run.meta_run_tree.collect()
        found.append({"state": "running" if run.active else "ended", "kept": kept, "metrics": metrics})
    return found


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", number]:
            make(int(number))
        case ["all"]:
            print(json.dumps(everything(), default=str))
