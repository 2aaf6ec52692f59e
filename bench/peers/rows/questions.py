"""What it costs to find runs and to compare two, beside DVC and MLflow with the same runs.

``python bench/peers_find.py [FOLDER]``: pip makes environments with the two tools in FOLDER, unless they lie there
already; without FOLDER they are gone afterwards. Making the experiments takes minutes; ``TMPDIR`` says where.
"""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping, Sequence

from measure import MLRUN, Command, Cost, Row, compare, environ, finish, run, scratch
from synthesis import make_runs, parameters, results

_VERSIONS = {"dvc": "3.67.1", "mlflow": "3.17.2"}
_HERE = os.path.dirname(os.path.abspath(__file__))
_ROUNDS = 5
_DVC, _MLFLOW = (300, 1_000), (1_000, 10_000)
_QUIET = {"DVC_NO_ANALYTICS": "1", "DO_NOT_TRACK": "true", "MLFLOW_DISABLE_TELEMETRY": "true"}

_BOTH = "metrics.accuracy > 0.9 and params.lr < 0.1"
_BEST = "metrics.accuracy > 0.995"
_ASKED: Mapping[str, tuple[str, ...]] = {
    "nothing": ("--version",),
    "newest": ("list", "-n", "20"),
    "filtered": ("list", "-n", "20", "--where", _BOTH),
    "best": ("list", "-n", "20", "--where", _BEST),
    "all": ("list", "-n", "0", "--json"),
    "two": ("diff", "@~1", "@"),
}
_DVC_ASKED: Mapping[str, tuple[str, ...]] = {
    "nothing": ("--version",),
    "names": ("exp", "list", "--name-only"),
    "all": ("exp", "show", "--json"),
}
_DVC_ANEW = ("exp", "show", "--json", "--force")
_DVC_ROWS = (
    ("nothing", "nothing"),
    ("newest", "names"),
    ("newest", "all"),
    ("filtered", "all"),
    ("all", "all"),
    ("anew", "anew"),
    ("two", "two"),
)
"""What we were asked, and the question to DVC that has the answer in it: it shows all experiments or none."""


def measure(home: str) -> Iterator[Row]:
    with scratch() as folder:
        variables = {**environ(folder), **_QUIET}
        runs = os.path.join(folder, "runs.json")
        with open(runs, "w", encoding="utf-8") as file:
            count = max((*_DVC, *_MLFLOW))
            json.dump([{"params": parameters(at), "metrics": results(at)} for at in range(count)], file)
        ours = {count: _ours(folder, count) for count in sorted({*_DVC, *_MLFLOW})}
        python = _environment(home, "dvc")
        for count in _DVC:
            place = _made(folder, "dvc", count, (python, f"{_HERE}/peers_dvc.py", runs, str(count)), variables)
            yield from _beside_dvc(count, ours[count], place, f"{os.path.dirname(python)}/dvc", variables)
        python = _environment(home, "mlflow")
        for count in _MLFLOW:
            maker = (python, f"{_HERE}/peers_mlflow.py", "make", runs, str(count))
            place = _made(folder, "mlflow", count, maker, variables)
            yield from _beside_mlflow(count, ours[count], place, python, variables)


def _environment(home: str, tool: str) -> str:
    """The Python of an environment that has the tool; what was installed is said on standard error."""
    folder = os.path.join(home, f"{tool}-{_VERSIONS[tool]}")
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(python):
        venv.create(folder, with_pip=True)
        subprocess.run((python, "-m", "pip", "install", "-q", f"{tool}=={_VERSIONS[tool]}"), check=True)
    print(f"{tool} {_VERSIONS[tool]}", file=sys.stderr)
    return python


def _ours(folder: str, count: int) -> str:
    place = os.path.join(folder, f"mlrun-{count}")
    make_runs(os.path.join(place, ".mlrun"), count)
    return place


def _made(folder: str, tool: str, count: int, maker: Sequence[str], variables: Mapping[str, str]) -> str:
    place = os.path.join(folder, f"{tool}-{count}")
    os.mkdir(place)
    print(f"{tool}: {count:,} runs ...", file=sys.stderr)
    with open(os.path.join(folder, "said"), "wb") as said:
        subprocess.run(maker, cwd=place, env=variables, check=True, stdout=said)
    return place


def _beside_dvc(count: int, place: str, there: str, dvc: str, variables: Mapping[str, str]) -> Iterator[Row]:
    asked = {**_DVC_ASKED, "two": ("exp", "diff", f"run-{count - 2}", f"run-{count - 1}")}
    theirs = {name: Command((dvc, *words), there, variables) for name, words in asked.items()}
    ours = _commands(place, variables)
    costs = _costs(ours, theirs)
    shown = json.loads(_output(theirs["all"]))
    assert count == sum(len(baseline["experiments"] or ()) for baseline in shown)
    ours["anew"], theirs["anew"] = _anew(place, variables), Command((dvc, *_DVC_ANEW), there, variables)
    costs |= {"ours anew": run(ours["anew"]), "theirs anew": run(theirs["anew"])}
    for question, answer in _DVC_ROWS:
        what = " ".join(("dvc", *theirs[answer].argv[1:]))
        yield _row(count, ours[question], costs[f"ours {question}"], what, costs[f"theirs {answer}"])


def _beside_mlflow(count: int, place: str, there: str, python: str, variables: Mapping[str, str]) -> Iterator[Row]:
    script = (python, f"{_HERE}/peers_mlflow.py")
    ours = _commands(place, variables)
    theirs = {name: Command((*script, name), there, variables) for name in ours}
    costs = _costs(ours, theirs)
    medians = os.path.join(there, "inside.json")
    subprocess.run((*script, "inside", medians), cwd=there, env=variables, check=True)
    with open(medians, encoding="utf-8") as file:
        inside = json.load(file)
    for question in ("filtered", "best", "all"):
        _agree(count, ours[question], theirs[question], question)
    for question, command in ours.items():
        yield _row(count, command, costs[f"ours {question}"], f"MLflow, {question}", costs[f"theirs {question}"])
        if question != "nothing":
            cpu, wall = inside[question]
            what = f"MLflow already started, {question}"
            yield _row(count, command, costs[f"ours {question}"], what, Cost(cpu, wall, 0))


def _commands(place: str, variables: Mapping[str, str]) -> dict[str, Command]:
    return {name: Command((MLRUN, *words), place, variables) for name, words in _ASKED.items()}


def _anew(place: str, variables: Mapping[str, str]) -> Command:
    """All runs where the index is gone, as ``exp show --force`` believes none of what DVC remembers."""
    index = os.path.join(place, ".mlrun", "cache", "index.db")
    return Command((MLRUN, *_ASKED["all"]), place, variables, before=lambda: os.unlink(index))


def _costs(ours: Mapping[str, Command], theirs: Mapping[str, Command]) -> dict[str, Cost]:
    """``ours QUESTION`` and ``theirs QUESTION``, all by turns."""
    named = {f"ours {name}": command for name, command in ours.items()}
    return compare({**named, **{f"theirs {name}": command for name, command in theirs.items()}}, rounds=_ROUNDS)


def _agree(count: int, ours: Command, theirs: Command, question: str) -> None:
    """Both give the runs that the made-up numbers say, the newest first.

    Asked after measuring: the memory that reading the answers takes here is the floor of what is started later.
    """
    right = [at for at in reversed(range(count)) if _matches(at, question)][: None if question == "all" else 20]
    found = json.loads(_output(ours._replace(argv=(*ours.argv, *(() if "--json" in ours.argv else ("--json",))))))
    assert right == [run["params"]["seed"] for run in found["data"]["runs"]]
    assert right == [int(run["data"]["params"]["seed"]) for run in json.loads(_output(theirs))]


def _matches(number: int, question: str) -> bool:
    accuracy, rate = results(number)["accuracy"], float(str(parameters(number)["lr"]))
    return {"filtered": accuracy > 0.9 and rate < 0.1, "best": accuracy > 0.995, "all": True}[question]


def _output(command: Command) -> bytes:
    return subprocess.run(
        command.argv, cwd=command.folder, env=command.environ, check=True, stdout=subprocess.PIPE
    ).stdout


def _row(count: int, command: Command, ours: Cost, what: str, theirs: Cost) -> Row:
    asked = "list -n 0 --json, no index" if command.before else " ".join(command.argv[1:])
    row = Row(f"{count:,} runs: {asked}", _cost(ours), f"{what}: {_cost(theirs)}", ours.cpu / theirs.cpu)
    print(*row[:4], sep=" | ", file=sys.stderr, flush=True)
    return row


def _cost(cost: Cost) -> str:
    memory = f", {cost.memory >> 20} MiB" if cost.memory else ""
    return f"{cost.cpu:.3f} s CPU, {cost.wall:.3f} s{memory}"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        finish(list(measure(os.path.abspath(sys.argv[1]))))
    with scratch() as environments:
        finish(list(measure(environments)))
