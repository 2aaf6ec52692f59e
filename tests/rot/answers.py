"""What a store answers to those who read it, each answer its text or the code of the error that it was."""

import hashlib
import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Mapping

from tests.crash.project import Project

from runlore.errors import MlrunError
from runlore.ops.checkout import Choice, checkout
from runlore.ops.get import Wanted, read
from runlore.ops.lineage import lineage
from runlore.ops.list import list_runs
from runlore.ops.metrics import metrics
from runlore.ops.reproduce import check
from runlore.ops.reproduction.request import ReproduceRequest
from runlore.ops.show import log, patch, show
from runlore.present import json

ERROR = "error: "
Answers = Mapping[str, str]


def listings(project: Project) -> dict[str, str]:
    """Of all runs: the plain list, filters, an order."""
    folder = os.fspath(project.folder)
    asked: dict[str, Callable[[], str]] = {
        "list": lambda: json.text("run-list/1", list_runs(folder, limit=None)),
        "list where": lambda: json.text("run-list/1", list_runs(folder, limit=3, where="metrics.loss < 0.6")),
        "list sort": lambda: json.text("run-list/1", list_runs(folder, limit=None, sort="params.rate")),
        "list tag": lambda: json.text("run-list/1", list_runs(folder, limit=None, where="tag ~ best")),
        "list input": lambda: json.text("run-list/1", list_runs(folder, limit=None, where="input ~ rows")),
        "lineage": lambda: json.text("lineage/1", lineage(folder, "report.txt")),
    }
    return {name: _said(ask) for name, ask in asked.items()}


def of_run(project: Project, run: str, scratch: pathlib.Path, *, deep: bool) -> dict[str, str]:
    """Of one run; ``deep``: also what is restored from it."""
    folder = os.fspath(project.folder)
    asked: dict[str, Callable[[], str]] = {
        f"show {run}": lambda: json.text("run/1", show(folder, run)),
        f"metrics {run}": lambda: json.text("metrics/1", metrics(folder, [run])),
    }
    if deep:
        request = ReproduceRequest(run, folder, project.env, env="current", trusted=True)
        asked |= {
            f"log {run}": lambda: _digest(b"".join(log(folder, run))),
            f"patch {run}": lambda: _digest(patch(folder, run)),
            f"checkout {run}": lambda: _checked_out(project, run, scratch),
            f"reproduce {run}": lambda: json.text("reproduce/1", check(request)),
        } | {
            f"get {run} {name}": lambda name=name: _got(project, run, name)
            for name in ("model.bin", "report.txt", "train.py", "data/rows.csv")
        }
    return {name: _said(ask) for name, ask in asked.items()}


def _said(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except MlrunError as error:
        return f"{ERROR}{error.exit_code} {error.code}"


def _got(project: Project, run: str, name: str) -> str:
    pieces = read(os.fspath(project.folder), Wanted(run, name), environ=project.env, progress=lambda *_: None)
    return _digest(b"".join(pieces))


def _checked_out(project: Project, run: str, scratch: pathlib.Path) -> str:
    target = tempfile.mkdtemp(dir=scratch)
    try:
        choice = Choice(outputs=True)
        done = checkout(os.fspath(project.folder), run, f"{target}/x", choice, project.env, lambda *_: None)
        files = [path for path in sorted(pathlib.Path(target).rglob("*")) if path.is_file()]
        held = [f"{path.relative_to(target)} {_digest(path.read_bytes())}" for path in files]
        return "\n".join([*held, *(f"missing {each.path} {each.why}" for each in done.missing)])
    finally:
        shutil.rmtree(target)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
