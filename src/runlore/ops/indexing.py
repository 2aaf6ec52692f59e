"""What the index knows of runs: taken in from their records, and read back as listings show it."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runlore.errors import CorruptError
from runlore.ops.counted import Progress, silent, told
from runlore.ops.describe import Environments, live_state, records_of, run_of
from runlore.ops.results import Run
from runlore.store.catalog import CONFIG, INPUT, OUTPUT, Facts, RunRow, label
from runlore.store.reading import read_plain
from runlore.store.store import Store

_MANY, _PORTION = 2000, 250
"""Runs: more than these are read by several processes, which get so many at a time."""
_LONG = ("config", "inputs", "outputs", "omitted", "folders", "secrets", "origins")
_PACKAGES_LONG = ("unlocked", "imported", "kept")
_RECIPE = re.compile(rb'"recipe":"([0-9a-f]{64})"')
_GIT_LONG = ("modified", "untracked", "submodules", "remotes")


def refresh(store: Store, progress: Progress = silent) -> tuple[str, ...]:
    """Let the index know every run that is there now; the ids of those whose records are damaged."""
    damaged = store.index.refresh_runs(
        store.layout.runs, lambda names: told(_rows(store, names), len(names), "indexing runs", progress)
    )
    return tuple(dict.fromkeys(damaged))


def _rows(store: Store, names: Sequence[str]) -> Iterator[RunRow | None]:
    """What the index keeps of these runs; of many, read by several processes."""
    environments: Environments = {}
    if len(names) <= _MANY:
        yield from (_row(store, run, environments) for run in names)
        return
    from runlore.ops.workers import shared_out  # noqa: PLC0415 - once, when an index is made

    with Store(store.layout.root) as own:  # a process that is forked may not use what its parent has opened
        yield from shared_out(lambda some: _portion(own, some, environments), names, portion=_PORTION)


def _portion(store: Store, names: Sequence[str], environments: Environments) -> list[RunRow | None]:
    """The rows of some runs, whose recipes are read together."""
    recipes = (_recipe_of(f"{store.layout.runs}/{run}/seal") for run in names)
    store.objects.read_ahead([recipe for recipe in recipes if recipe is not None])
    return [_row(store, run, environments) for run in names]


def _recipe_of(seal: str) -> bytes | None:
    """Which recipe a seal names, as far as it can be told at a glance: whoever reads the seal checks all of it."""
    try:
        found = _RECIPE.search(read_plain(seal))
    except OSError:
        return None
    return bytes.fromhex(found[1].decode()) if found else None


def note_begun(store: Store, run: str) -> None:
    """Let the index know a run that has just begun, at a cost that does not grow with the number of runs."""
    row = _row(store, run, {})
    if row is None or not store.index.note_run(row):
        refresh(store)


def from_row(store: Store, row: RunRow, tags: Mapping[str, tuple[str, ...]]) -> Run:
    """A run as listings show it, from the index alone if it is sealed. ``tags`` are by run id."""
    data = json.loads(row.summary)
    boot = data.pop("boot")
    if not row.sealed:
        data["state"] = live_state(store, row.id, boot)
    return run_of({**data, "tags": tags.get(row.id, ()), "notes": ()})


def _row(store: Store, run: str, environments: Environments) -> RunRow | None:
    """What the index keeps of a run; ``None`` if its records cannot be read: `fsck` says why."""
    try:
        data = records_of(store, run, environments)
    except (CorruptError, OSError):
        return None
    akin = data.pop("seedless")
    short: dict[str, Any] = {**data, **dict.fromkeys(_LONG)}
    short["environment"] = {key: value for key, value in data["environment"].items() if key not in _PACKAGES_LONG}
    short["warnings"] = [warning._asdict() for warning in data["warnings"]]
    git = data["code"]["git"]
    if git:
        short["code"] = {**data["code"], "git": {key: value for key, value in git.items() if key not in _GIT_LONG}}
    return RunRow(
        id=run,
        started_at=data["started_at"],
        name=label(data["name"]),
        experiment=label(data["experiment"]),
        sealed=data["state"] is not None,
        summary=json.dumps(short, separators=(",", ":")),
        facts=_facts(data, git or {})._replace(seedless=akin),
        params=data["params"],
        metrics=data["metrics"],
        files={
            INPUT: [ref.path for ref in data["inputs"]],
            OUTPUT: [ref.path for ref in data["outputs"]],
            CONFIG: [each["path"] for each in data["config"]],
        },
    )


def _facts(data: Mapping[str, Any], git: Mapping[str, Any]) -> Facts:
    return Facts(
        state=data["state"],
        author=data["author"],
        host=data["host"],
        message=data["message"],
        commit=git.get("commit"),
        branch=git.get("branch"),
        dirty=git.get("dirty"),
        duration=data["duration"],
        exit_code=data["exit_code"],
        command=shlex.join(data["command"]["argv"]),
        fingerprint=data["fingerprint"],
        parent=(data["parent"] or {}).get("run"),
        code=data["code"]["tree"],
    )
