"""Damage one file of a store after another, and see whether readers are told and `fsck` finds it."""

import json
import os
import pathlib
import random
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.crash.project import Project
from tests.rot.answers import ERROR, Answers, listings, of_run
from tests.rot.damages import Damage, damages

from runlore.ops.fsck import fsck
from runlore.ops.results import Finding

KINDS = {
    "format": r"format",
    ".gitignore": r"\.gitignore",
    "configuration": r"config\.toml",
    "secret key": r"secret-key",
    "check of the key": r"secret-key\.check",
    "lock": r"lock",
    "intent": r"runs/\w+/intent",
    "seal": r"runs/\w+/seal",
    "origin": r"runs/\w+/origin",
    "journal": r"runs/\w+/journal",
    "log of a killed run": r"runs/\w+/log",
    "lock of a run": r"runs/\w+/lock",
    "reserve of a run": r"runs/\w+/reserve",
    "event": r"events/\w+",
    "loose object": r"objects/.*",
    "pack": r"packs/.*",
    "index": r"cache/index\.db",
    "imprint of the index": r"cache/index\.db\.check",
    "stat cache": r"cache/stat\.db",
    "uses": r"cache/uses\.db",
    "imprint of uses": r"cache/uses\.db\.check",
    "knowledge of a remote": r"cache/remotes/\w+\.db",
    "imprint of that": r"cache/remotes/\w+\.db\.check",
}
FLEETING = ("lock of a run", "reserve of a run", "log of a killed run", "journal")
"""What a killed run leaves: cut anywhere by the kill, output as it came. It has its hashes once the run is sealed."""


UNKNOWABLE = ("event", "origin")
"""What nobody knows to have been there, once it is removed and the index was brought up to date."""


class Trial(NamedTuple):
    """A file of a kind, and what befalls it."""

    kind: str
    path: str
    damage: Damage


class Outcome(NamedTuple):
    """``how``: found, harmless (nothing that anybody reads is another), unknowable or MISSED; and wrong answers."""

    trial: Trial
    how: str
    wrong: tuple[str, ...]


class Campaign:
    """One store, damaged again and again, whole in between."""

    def __init__(self, project: Project, scratch: pathlib.Path) -> None:
        self._project = project
        self._scratch = scratch
        self._store = project.store
        self._runs = sorted(os.listdir(self._store / "runs"))
        for _ in range(2):  # what is brought from the remote at the first time stays
            self._right = {**listings(project), **self._of(self._runs)}
        self._known = {(each.code, each.path) for each in self._fsck()}
        self._cache = scratch / "cache"
        shutil.copytree(self._store / "cache", self._cache)

    def files(self) -> dict[str, list[str]]:
        """The paths of all files, by kind; each is of one."""
        found: dict[str, list[str]] = {kind: [] for kind in KINDS}
        for path in sorted(path for path in self._store.rglob("*") if path.is_file()):
            name = os.fspath(path.relative_to(self._store))
            (kind,) = [kind for kind, pattern in KINDS.items() if re.fullmatch(pattern, name)]
            found[kind].append(name)
        return found

    def trials(self, seed: int, *, each: int, inside: int) -> Iterator[Trial]:
        """Every damage to the first ``each`` files of a kind, and to it what another of the kind holds."""
        for kind, paths in self.files().items():
            chance = random.Random(f"{seed} {kind}")  # noqa: S311 - to be the same again
            chosen = chance.sample(paths, min(each, len(paths)))
            for path in chosen:
                data = (self._store / path).read_bytes()
                for damage in damages(data, chance, inside=inside):
                    yield Trial(kind, path, damage)
                for other in paths:
                    if other != path and (self._store / other).read_bytes() != data:
                        yield Trial(kind, path, Damage(swapped=other))

    def run(self, trial: Trial, *, deep: bool) -> Outcome:
        """Ask the damaged store, check it, and make it whole again; ``deep``: also restore files of runs."""
        damage, in_cache = trial.damage, trial.path.startswith("cache/")
        paths = [trial.path, damage.swapped] if damage.swapped else [trial.path]
        whole = [(self._store / path).read_bytes() for path in paths]
        spoilt = whole[::-1] if damage.swapped else [damage.done_to(whole[0])]
        try:
            self._put(paths, spoilt)
            answers = self._answers(trial, deep=deep)
            if in_cache:  # who asked has mended it
                self._refresh_cache()
                self._put(paths, spoilt)
            findings = self._fsck()
            if not in_cache:
                assert {each[:3] for each in findings} == {each[:3] for each in self._fsck()}, trial
        finally:
            self._put(paths, whole)
            self._refresh_cache()
        if trial.kind in FLEETING:
            answers = {name: each for name, each in answers.items() if name.startswith("list")}
        wrong = tuple(name for name, answer in answers.items() if not is_fair(name, answer, self._right[name]))
        is_gone = trial.kind in UNKNOWABLE and damage == Damage()
        new = [each for each in findings if (each.code, each.path) not in self._known]
        if new and not is_gone:
            return Outcome(trial, "found", wrong)
        if is_gone:
            return Outcome(trial, "found" if new else "unknowable", ())
        same = all(answer == self._right[name] for name, answer in answers.items())
        return Outcome(trial, "harmless" if same else "MISSED", wrong)

    def _answers(self, trial: Trial, *, deep: bool) -> Answers:
        above = pathlib.PurePath(trial.path).parts
        runs = [above[1]] if above[0] == "runs" else self._runs
        return {**listings(self._project), **self._of(runs, deep=deep)}

    def _of(self, runs: Sequence[str], *, deep: bool = True) -> dict[str, str]:
        return {
            name: answer
            for run in runs
            for name, answer in of_run(self._project, run, self._scratch, deep=deep).items()
        }

    def _fsck(self) -> tuple[Finding, ...]:
        return fsck(os.fspath(self._project.folder), quick=False, progress=lambda *_: None).findings

    def _put(self, names: Sequence[str], contents: Sequence[bytes | None]) -> None:
        """Give files these bytes and the time stamps that they had: a disk that rots says nothing."""
        for name, data in zip(names, contents, strict=True):
            path = self._store / name
            if data is None:
                path.unlink()
                continue
            before = path.stat() if path.exists() else None
            if before:
                path.chmod(0o644)
            path.write_bytes(data)
            if before:
                os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
                path.chmod(before.st_mode & 0o777)

    def _refresh_cache(self) -> None:
        shutil.rmtree(self._store / "cache")
        shutil.copytree(self._cache, self._store / "cache")


def is_fair(name: str, answer: str, right: str) -> bool:
    """Whether an answer is right, or says that it is not whole."""
    if answer == right or answer.startswith(ERROR):
        return True
    if name.startswith("list"):
        return _is_fair_list(json.loads(answer)["data"], json.loads(right)["data"])
    if name.startswith("checkout"):
        missing = {line.split(" ")[1] for line in answer.splitlines() if line.startswith("missing ")}
        other = set(answer.splitlines()) - set(right.splitlines())  # of an output that is gone the code may have one
        is_said = "" in missing  # that all of the code is missing
        return is_said or all(
            line.startswith("missing ") or line.split(" ")[0].removeprefix("x/") in missing for line in other
        )
    if name.startswith("reproduce"):
        return any(each["status"] not in {"ready", "exact"} for each in json.loads(answer)["data"]["checks"])
    if name == "lineage":
        return any(each["kind"] == "run" and each["run"] is None for each in json.loads(answer)["data"]["nodes"])
    return False


def _is_fair_list(answer: Mapping[str, object], right: Mapping[str, object]) -> bool:
    """Runs that are damaged may be missing from a list, and are named."""
    damaged, listed, there = answer["damaged"], answer["runs"], right["runs"]
    assert isinstance(damaged, list)
    assert isinstance(listed, list)
    assert isinstance(there, list)
    return listed == [run for run in there if run["id"] not in damaged][: len(listed)] and bool(damaged)


def table(outcomes: Sequence[Outcome]) -> str:
    """How many there were of each, by kind, as Markdown."""
    heads = ("kind of file", "trials", "found", "harmless", "unknowable", "missed", "wrong answers")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    counts = {kind: Counter(each.how for each in outcomes if each.trial.kind == kind) for kind in KINDS}
    counts["all"] = sum(counts.values(), Counter())
    for kind, count in counts.items():
        wrong = sum(bool(each.wrong) for each in outcomes if kind in {each.trial.kind, "all"})
        numbers = (count.total(), count["found"], count["harmless"], count["unknowable"], count["MISSED"], wrong)
        lines.append(f"| {kind} | {' | '.join(f'{number:,}' for number in numbers)} |")
    return "\n".join(lines)
