"""Makes experiments of DVC from made-up runs, with DVC's own ``exp save``: ``python dvc_experiments.py RUNS COUNT``.

RUNS is a JSON file of their parameters and metrics. It runs in the environment of DVC, in a folder which it makes a git
repository with one commit more and one stage of one line. One process saves all, so that DVC is imported once.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import yaml
from dvc.repo import Repo

_STAGE = {
    "cmd": "python train.py",
    "deps": ["train.py"],
    "params": ["lr", "seed", "model.depth", "model.name"],
    "metrics": [{"metrics.json": {"cache": False}}],
}


def make(runs: list[Mapping[str, Any]]) -> None:
    subprocess.run(("git", "init", "-q"), check=True)
    with Repo.init() as repo, repo.config.edit() as settings:
        settings["core"].update(analytics=False, check_update=False)
    with open("train.py", "w", encoding="utf-8") as file:
        file.write("print()\n")
    with open("dvc.yaml", "w", encoding="utf-8") as file:
        yaml.safe_dump({"stages": {"train": _STAGE}}, file)
    _write(runs[0])
    subprocess.run(("git", "add", "--all"), check=True)
    subprocess.run(("git", "commit", "-q", "-m", "first"), check=True)
    with Repo() as repo:
        for number, run in enumerate(runs):
            _write(run)
            repo.experiments.save(name=f"run-{number}")


def _write(run: Mapping[str, Any]) -> None:
    """The two files of a run, of which an experiment is the commit."""
    params: dict[str, Any] = {}
    for name, value in run["params"].items():
        folder, _, last = name.rpartition(".")
        (params.setdefault(folder, {}) if folder else params)[last] = value
    with open("params.yaml", "w", encoding="utf-8") as file:
        yaml.safe_dump(params, file)
    with open("metrics.json", "w", encoding="utf-8") as file:
        json.dump(run["metrics"], file)


if __name__ == "__main__":
    logging.getLogger("dvc").setLevel(logging.ERROR)
    with open(sys.argv[1], encoding="utf-8") as source:
        make(json.load(source)[: int(sys.argv[2])])
