"""What the index knows of runs: taken in from their records, and read back as listings show it."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runlore.errors import CorruptError
from runlore.ops.counted import Progress, silent, told
from runlore.ops.describe import Environments, live_state, records_of, run_of
from runlore.ops.parts import Begun, read_begun
from runlore.ops.results import Run
from runlore.records.hashing import RunId
from runlore.store.catalog import CONFIG, INPUT, OUTPUT, Facts, RunRow, label
from runlore.store.store import Store

_MANY, _PORTION = 2000, 250
"""Runs: more than these are read by several processes, which get so many at a time."""
_FILES = 20_000
"""Files of runs that are read together: a run may have had 100,000 inputs."""
_LONG = ("config", "inputs", "outputs", "omitted", "folders", "secrets", "origins", "samples")
_PACKAGES_LONG = ("unlocked", "imported", "kept")
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
    while names and len(names) <= _MANY:
        rows = _portion(store, names, environments)
        yield from rows
        names = names[len(rows) :]
    if not names:
        return
    from runlore.ops.workers import shared_out  # noqa: PLC0415 - once, when an index is made

    with Store(store.layout.root) as own:  # a process that is forked may not use what its parent has opened
        yield from shared_out(lambda some: _portion(own, some, environments), names, portion=_PORTION)


def _portion(store: Store, names: Sequence[str], environments: Environments) -> list[RunRow | None]:
    """The rows of the first of these runs, as many as are not too much for memory; their recipes are read together."""
    begun, files = [], 0
    for run in names[:_PORTION]:
        begun.append(each := _begun(store, run))
        files += each.files if each else 0
        if files > _FILES:
            break
    with store.objects.ahead(bytes.fromhex(each.fingerprint) for each in begun if each):
        return [each and _row(store, each, environments) for each in begun]


def _begun(store: Store, run: str) -> Begun | None:
    """The records in the folder of a run; ``None`` if they cannot be read: `fsck` says why."""
    try:
        return read_begun(store, RunId(run))
    except (CorruptError, OSError):
        return None


def note_begun(store: Store, run: str) -> None:
    """Let the index know a run that has just begun, at a cost that does not grow with the number of runs."""
    begun = _begun(store, run)
    row = begun and _row(store, begun, {})
    if row is None or not store.index.note_run(row):
        refresh(store)


def from_row(store: Store, row: RunRow, tags: Mapping[str, tuple[str, ...]]) -> Run:
    """A run as listings show it, from the index alone if it is sealed. ``tags`` are by run id."""
    data = json.loads(row.summary)
    boot = data.pop("boot")
    if not row.sealed:
        data["state"] = live_state(store, row.id, boot)
    return run_of({**data, "tags": tags.get(row.id, ()), "notes": ()})


def _row(store: Store, begun: Begun, environments: Environments) -> RunRow | None:
    """What the index keeps of a run; ``None`` if its other records cannot be read."""
    try:
        data = records_of(store, begun, environments)
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
        id=begun.run,
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
