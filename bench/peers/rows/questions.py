"""Finding runs and comparing two, beside DVC and MLflow, which can be asked the like, with the same made-up runs."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence

from measure import MLRUN, Command, Cost
from peers.peer import Peer
from peers.place import Place
from peers.rows.listing import MANY, made
from peers.table import Table, seconds, times
from peers.turns import OURS, Effort, take
from synthesis import parameters, results

_BOTH = "metrics.accuracy > 0.9 and params.lr < 0.1"
_BEST = "metrics.accuracy > 0.995"
_ASKED: Mapping[str, Sequence[str]] = {
    "nothing": ("--version",),
    "newest": ("list", "-n", "20"),
    "filtered": ("list", "-n", "20", "--where", _BOTH),
    "best": ("list", "-n", "20", "--where", _BEST),
    "all": ("list", "-n", "0", "--json"),
    "two": ("diff", "@~1", "@"),
}
_DVC = (
    ("nothing", "--version"),
    ("newest", "exp list --name-only"),
    ("filtered", "exp show --json"),
    ("all", "exp show --json"),
    ("two", "exp diff run-{before} run-{last}"),
)
"""What we are asked, and the question to DVC that has the answer in it: it shows all experiments or none."""
_HEAD = ("mlrun", "CPU", "time", "beside it", "CPU", "time", "CPU, times ours", "time, times ours")


def measure(peers: list[Peer], folder: str, effort: Effort) -> Iterator[Table]:
    """A table for each of the two that is there."""
    tools = {peer.name: peer for peer in peers}
    count = effort.of(MANY)
    for name, beside in (("dvc", _beside_dvc), ("mlflow", _beside_mlflow)):
        if name in tools:
            mine = made(tools[OURS], f"{folder}/{name}", count)
            ours = {key: _command(mine, (MLRUN, *words)) for key, words in _ASKED.items()}
            there = made(tools[name], folder, count)
            lines = list(beside(tools[name], there, ours, effort))
            _agree(count, ours, "all")
            yield Table(f"Finding and comparing among {count:,} runs, beside {tools[name].title}", _HEAD, lines)


def _beside_dvc(peer: Peer, place: Place, ours: Mapping[str, Command], effort: Effort) -> Iterator[tuple[str, ...]]:
    count = effort.of(MANY)
    words = {text: text.format(before=count - 2, last=count - 1) for _, text in _DVC}
    theirs = {text: _command(place, (peer.program(), *each.split())) for text, each in words.items()}
    costs = take({**ours, **theirs}, effort).found
    for question, text in _DVC:
        yield _line(question, costs[question], f"`dvc {words[text]}`", costs[text])


def _beside_mlflow(peer: Peer, place: Place, ours: Mapping[str, Command], effort: Effort) -> Iterator[tuple[str, ...]]:
    """Asked by its client as a whole process, and from a process that has it open."""
    script = peer.list(place)[:-1]
    theirs = {question: _command(place, (*script, question)) for question in ours}
    named = {f"theirs {question}": each for question, each in theirs.items()}
    costs = take({**ours, **named}, effort).found
    medians = f"{place.beside}/inside.json"
    place.call(*script, "inside", medians)
    with open(medians, encoding="utf-8") as file:
        inside = json.load(file)
    for question in ours:
        yield _line(question, costs[question], f"{_MLFLOW[question]}, started", costs[f"theirs {question}"])
        if question != "nothing":
            cpu, wall = inside[question]
            yield _line(question, costs[question], f"{_MLFLOW[question]}, open already", Cost(cpu, wall, 0))
    for question in ("filtered", "best"):
        right = _agree(effort.of(MANY), ours, question)
        found = json.loads(place.call(*theirs[question].argv))
        assert right == [int(run["data"]["params"]["seed"]) for run in found]


_MLFLOW = {
    "nothing": "its client",
    "newest": "`search_runs`, newest 20",
    "filtered": "`search_runs`, the filter",
    "best": "`search_runs`, the filter",
    "all": "`search_runs`, all, as JSON",
    "two": "`get_run` of two",
}


def _agree(count: int, ours: Mapping[str, Command], question: str) -> list[int]:
    """Which runs the made-up numbers say, the newest first; it is what mlrun says, too."""
    right = [at for at in reversed(range(count)) if _matches(at, question)][: None if question == "all" else 20]
    command = ours[question]
    place = Place(command.folder, "", sys.executable, command.environ)
    found = json.loads(place.call(*command.argv, *(() if "--json" in command.argv else ("--json",))))
    assert right == [run["params"]["seed"] for run in found["data"]["runs"]]
    return right


def _matches(number: int, question: str) -> bool:
    accuracy, rate = results(number)["accuracy"], float(str(parameters(number)["lr"]))
    return {"filtered": accuracy > 0.9 and rate < 0.1, "best": accuracy > 0.995, "all": True}[question]


def _command(place: Place, argv: Sequence[str]) -> Command:
    return Command(argv, place.top, place.variables)


def _line(question: str, ours: Cost, what: str, theirs: Cost) -> tuple[str, ...]:
    asked = " ".join(f"'{word}'" if " " in word else word for word in _ASKED[question])
    ratios = (times(theirs.cpu, ours.cpu), times(theirs.wall, ours.wall))
    costs = (seconds(ours.cpu), seconds(ours.wall), what, seconds(theirs.cpu), seconds(theirs.wall))
    return (f"`{os.path.basename(MLRUN)} {asked}`", *costs, *ratios)
