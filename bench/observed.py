"""How much of what a run reads and makes is on its record: a table, beside the truth that plain ``strace`` tells.

``bench/observed`` holds the scripts. They need an interpreter with the libraries that they use: --python.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from scripts import BEYOND, CASES, Sandbox, make_template
from truth import Bounds, truth

from runlore.records import tree
from runlore.records.hashing import blob_digest
from runlore.store.store import Store

_CODE = (".py", ".sh", ".ipynb", ".mk", ".c")

WAYS = ("native", "python")


class Seen(NamedTuple):
    """Paths of inputs and of code, with the ids of what they held, and of outputs; what the record warns of."""

    inputs: Mapping[str, str]
    code: Mapping[str, str]
    outputs: frozenset[str]
    said: tuple[str, ...]


class Score(NamedTuple):
    """Of the inputs or outputs of one run: those that are true, those not on record, and those that are none."""

    true: int
    missed: tuple[str, ...]
    extra: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.true} / {self.true - len(self.missed)} / {len(self.missed)} / {len(self.extra)}"


def recorded(sandbox: Sandbox, argv: Sequence[str], how: str) -> Seen:
    """What is on record of the command when mlrun has run it."""
    for command in (["exec", "--trace", how, "--", *argv], ["show", "--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "runlore", *command],
            cwd=sandbox.project,
            env=sandbox.environ(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=command[0] == "show",
            timeout=600,
        )
    run: dict[str, Any] = json.loads(done.stdout)["data"]
    with Store(sandbox.project + "/.mlrun") as store:
        inputs = dict(_files(store, [*run["inputs"], *run["config"]]))
        code = {name: oid for name, oid in _below(store, run["code"]["tree"], "") if name.endswith(_CODE)}
        outputs = {path for path, _ in _files(store, run["outputs"])}

    def short(path: str) -> str:
        return sandbox.short(os.path.join(sandbox.project, path))

    return Seen(
        {short(path): oid for path, oid in inputs.items()},
        {short(path): oid for path, oid in code.items()},
        frozenset(map(short, outputs)),
        tuple(each["message"] for each in run["warnings"]),
    )


def _files(store: Store, refs: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The files that references stand for, with their ids."""
    for ref in refs:
        if ref.get("kind") == "d":
            yield from _below(store, ref["oid"], ref["path"] + "/")
        else:
            yield ref["path"], ref["oid"]


def _below(store: Store, oid: str, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in store.objects.tree(bytes.fromhex(oid)):
        path = prefix + os.fsdecode(entry.name)
        if entry.kind == tree.FOLDER:
            yield from _below(store, entry.digest.hex(), path + "/")
        else:
            yield path, entry.digest.hex()


def score_inputs(true: frozenset[str], seen: Seen, template: Sandbox) -> Score:
    """An input counts as seen if what is on record is what it held before the run; code may be on record as such."""
    known = {**seen.code, **seen.inputs}
    right = {path for path in true & known.keys() if known[path] == _digest(template, path)}
    return Score(len(true), tuple(sorted(true - right)), tuple(sorted(seen.inputs.keys() - true)))


def _digest(template: Sandbox, path: str) -> str:
    return blob_digest(Path(template.root, path).read_bytes()).hex()


def score_outputs(true: frozenset[str], seen: frozenset[str]) -> Score:
    return Score(len(true), tuple(sorted(true - seen)), tuple(sorted(seen - true)))


class Watched(NamedTuple):
    """How one way to watch did on one script."""

    inputs: Score
    outputs: Score
    said: tuple[str, ...]


def measure(name: str, template: Sandbox, scratch: str) -> dict[str, Watched]:
    """The scores of one script by way of watching it."""

    def fresh() -> Sandbox:
        shutil.rmtree(f"{scratch}/work", ignore_errors=True)
        subprocess.run(["cp", "-a", template.root, f"{scratch}/work"], check=True)
        return Sandbox(f"{scratch}/work", template.python)

    argv = CASES[name]
    bare = fresh()
    bounds = Bounds(bare.root, bare.root + "/home", prefixes_of(template.python))
    told = truth(argv, folder=bare.project, environ=bare.environ(), bounds=bounds)
    if told.status not in {0, -9, 137}:
        sys.exit(f"{name}: exit status {told.status}")
    inputs, outputs = (frozenset(map(bare.short, each)) for each in (told.inputs, told.outputs))
    found = {}
    for how in WAYS:
        seen = recorded(fresh(), argv, how)
        found[how] = Watched(score_inputs(inputs, seen, template), score_outputs(outputs, seen.outputs), seen.said)
    return found


def prefixes_of(python: str) -> list[str]:
    show = "import sys; print(sys.prefix, sys.base_prefix, sep='\\n')"
    return subprocess.run([python, "-c", show], capture_output=True, text=True, check=True).stdout.split()


def show(results: Mapping[str, Mapping[str, Watched]]) -> None:
    """The table, its sums, and what was missed or too much."""
    print(f"| script | {' | '.join(f'{how}: inputs | {how}: outputs' for how in WAYS)} |")
    print("|---|" + "---|---|" * len(WAYS))
    for name, found in results.items():
        print(f"| {name} | {' | '.join(f'{each.inputs} | {each.outputs}' for each in found.values())} |")
    print()
    for how in WAYS:
        for what in ("inputs", "outputs"):
            within = [getattr(found[how], what) for name, found in results.items() if name not in BEYOND]
            every = [getattr(found[how], what) for found in results.values()]
            print(f"{how}, {what}: {rates(within)}; with those beyond reach {rates(every)}")
    for name, found in results.items():
        for how, watched in found.items():
            if lines := [*marked("inputs", watched.inputs), *marked("outputs", watched.outputs)]:
                print(f"\n{name}, {how}", *lines, *(f"  said: {text}" for text in watched.said), sep="\n")


def rates(scores: Sequence[Score]) -> str:
    true, missed, extra = totals(scores)
    seen = true - missed
    return f"recall {seen / true:.1%}, precision {seen / (seen + extra):.1%} of {true}"


def marked(what: str, score: Score) -> Iterator[str]:
    yield from (f"  {what} - {path}" for path in score.missed)
    yield from (f"  {what} + {path}" for path in score.extra)


def totals(scores: Sequence[Score]) -> tuple[int, int, int]:
    """How many are true, missed and too much."""
    lists = [(each.missed, each.extra) for each in scores]
    missed, extra = (sum(len(paths[at]) for paths in lists) for at in (0, 1))
    return sum(each.true for each in scores), missed, extra


def falls_short(results: Mapping[str, Mapping[str, Watched]]) -> bool:
    """Whether the best way misses an input that is in its reach, or one in twenty that it names is none."""
    scores = [found[WAYS[0]].inputs for name, found in results.items() if name not in BEYOND]
    true, missed, extra = totals(scores)
    return missed > 0 or extra > 0.05 * (true + extra)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="an interpreter with the libraries")
    parser.add_argument("words", nargs="*", help="only the scripts whose names contain one of these")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mlrun-observed-") as folder:
        first = make_template(os.path.realpath(folder) + "/template", chosen.python)
        results = {}
        for case in CASES:
            if not chosen.words or any(word in case for word in chosen.words):
                print(f"{case} ...", file=sys.stderr)
                results[case] = measure(case, first, os.path.realpath(folder))
    show(results)
    sys.exit(falls_short(results))
