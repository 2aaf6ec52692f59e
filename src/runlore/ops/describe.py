"""What the records of a run say, put together."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runlore.errors import CorruptError
from runlore.ops.counted import Progress, silent, told
from runlore.ops.parts import read_parts
from runlore.ops.results import Run
from runlore.records.canonical import Json
from runlore.records.environment import Environment, decode_environment
from runlore.records.event import Event
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import RunId
from runlore.records.run import Intent, Seal, Warn, by_path
from runlore.store import runs
from runlore.store.catalog import CONFIG, INPUT, OUTPUT, Facts, RunRow, label
from runlore.store.refs import Refs
from runlore.store.store import Store

_Environments = dict[str | None, dict[str, Any]]
_MANY, _PORTION = 2000, 250
"""Runs: more than these are read by several processes, which get so many at a time."""
_LONG = ("config", "inputs", "outputs", "omitted", "folders", "secrets")
_USAGE = ("cpu_seconds", "peak_memory", "gpu_seconds", "gpu_scope", "read_bytes", "written_bytes")
_PACKAGES_LONG = ("unlocked", "imported", "kept")
_GIT_LONG = ("modified", "untracked", "submodules", "remotes")


def describe(store: Store, refs: Refs, run: str) -> Run:
    """Everything about a run.

    Raises:
        CorruptError: a record is damaged.
    """
    data = _records(store, run)
    state = data["state"] or live_state(store, run, data.pop("boot"))
    data.pop("boot", None)
    notes = tuple(note_json(event) for event in refs.notes(run))
    tags = tuple(name for name, head in refs.tags().items() if head.event.data["run"] == run)
    return _run({**data, "state": state, "tags": tags, "notes": notes})


def note_json(event: Event) -> dict[str, Json]:
    """A note as results hold it."""
    return {"text": event.data["text"], "author": event.author, "at": event.at}


def live_state(store: Store, run: str, boot: str) -> str:
    """The state of a run without a seal."""
    if runs.is_alive(store.layout, run, boot):
        return "running"
    seal = runs.read_seal(store.layout, run)  # it may have ended between two looks
    return seal.state if seal else "crashed"


def refresh(store: Store, progress: Progress = silent) -> tuple[str, ...]:
    """Let the index know every run that is there now; the ids of those whose records are damaged."""
    damaged = store.index.refresh_runs(
        store.layout.runs, lambda names: told(_rows(store, names), len(names), "indexing runs", progress)
    )
    return tuple(dict.fromkeys(damaged))


def _rows(store: Store, names: Sequence[str]) -> Iterator[RunRow | None]:
    """What the index keeps of these runs; of many, read by several processes."""
    environments: _Environments = {}
    if len(names) <= _MANY:
        yield from (_row(store, run, environments) for run in names)
        return
    from runlore.ops.workers import shared_out  # noqa: PLC0415 - once, when an index is made

    with Store(store.layout.root) as own:  # a process that is forked may not use what its parent has opened
        yield from shared_out(lambda some: [_row(own, run, environments) for run in some], names, portion=_PORTION)


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
    return _run({**data, "tags": tags.get(row.id, ()), "notes": ()})


def _row(store: Store, run: str, environments: _Environments) -> RunRow | None:
    """What the index keeps of a run; ``None`` if its records cannot be read: `fsck` says why.

    ``environments`` are those that were read before: thousands of runs share a few, the longest of their records.
    """
    try:
        data = _records(store, run, environments)
    except (CorruptError, OSError):
        return None
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
        facts=_facts(data, git or {}),
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


def _records(store: Store, run: str, environments: _Environments | None = None) -> dict[str, Any]:
    """The fields of `Run` that records hold, and ``boot``; ``state`` is ``None`` without a seal.

    With ``environments`` without packages, and from those as far as they go.
    """
    packages = environments is None
    _, intent, seal, recipe = read_parts(store, RunId(run))
    fingerprint = seal.recipe if seal else intent.recipe
    try:
        if environments is None:
            environment = _environment(store, recipe.environment, packages=True)
        else:
            if recipe.environment not in environments:
                environments[recipe.environment] = _environment(store, recipe.environment, packages=False)
            environment = dict(environments[recipe.environment])
    except MalformedRecordError as error:
        hint = "mlrun fsck shows what else is affected"
        raise CorruptError(f"the recipe of run {run} cannot be read: {error}", hint=hint) from error
    if packages:
        environment["imported"] = seal.imported if seal else None
        environment["kept"] = seal.kept if seal else ()
    environment |= {"variables": recipe.variables, "hardware": intent.hardware, "container": None}
    code = {"tree": recipe.code, "files": intent.code_files, "bytes": intent.code_bytes}
    command = {"argv": recipe.argv, "cwd": recipe.cwd, "interpreter": (seal and seal.interpreter) or intent.interpreter}
    return {
        "id": run,
        "name": intent.name,
        "experiment": intent.experiment,
        "message": intent.message,
        "command": command,
        "code": {**code, "git": intent.git, "patch": intent.patch},
        "params": recipe.params,
        "config": recipe.config,
        "environment": environment,
        "inputs": by_path((*(seal.inputs if seal else ()), *intent.inputs)),
        "omitted": intent.omitted,
        "fingerprint": fingerprint,
        "author": intent.author,
        "host": intent.host,
        "started_at": intent.started_at,
        "parent": intent.parent,
        "boot": intent.boot,
        "warnings": (*intent.warnings, *intent.skipped, *(seal.warnings if seal else ())),
        **_ending(intent, seal),
    }


def _ending(intent: Intent, seal: Seal | None) -> dict[str, Any]:
    """The fields that a seal brings."""
    if seal is None:
        return {
            **dict.fromkeys(("state", "finished_at", "duration", "exit_code", "signal", "log")),
            "outputs": (),
            "folders": (),
            "network": (),
            "metrics": {},
            "series": None,
            "usage_series": None,
            "secrets": (),
            "unsearched": 0,
            "usage": dict.fromkeys(_USAGE),
            "observer": {"name": None, "blind": []},
        }
    return {
        "state": seal.state,
        "finished_at": max(seal.ended_at, intent.started_at),
        "duration": seal.duration,
        "exit_code": seal.exit_code,
        "signal": seal.signal,
        "log": {"oid": seal.log, "bytes": seal.log_bytes} if seal.log else None,
        "outputs": seal.outputs,
        "folders": seal.folders,
        "network": seal.network,
        "metrics": seal.metrics,
        "series": seal.series,
        "usage_series": seal.usage_series,
        "secrets": seal.secrets,
        "unsearched": seal.unsearched,
        "usage": {**dict.fromkeys(_USAGE), **seal.usage},
        "observer": {"name": seal.observer, "blind": seal.blind},
    }


def _environment(store: Store, oid: str | None, *, packages: bool) -> dict[str, Any]:
    if oid is None:
        return {"id": None, "python": None, "implementation": None, "platform": None, "packages": {}, "unlocked": []}
    found = decode_environment(store.objects.record(bytes.fromhex(oid)))
    return environment_json(oid, found, packages=packages)


def environment_json(oid: str, found: Environment, *, packages: bool = True) -> dict[str, Any]:
    """An environment as `Run` holds it, but for variables, hardware and container."""
    about: dict[str, Any] = {
        "id": oid,
        "python": found.python,
        "implementation": found.implementation,
        "platform": found.platform,
    }
    if not packages:
        return about
    unlocked = [
        {"name": each.name, "version": each.version, "source": each.source, "url": each.url}
        for each in found.packages
        if each.source is not None
    ]
    return {**about, "packages": {each.name: each.version for each in found.packages}, "unlocked": unlocked}


def _run(data: dict[str, Any]) -> Run:
    """The result, whether its parts come from records or from the index."""
    for name in ("inputs", "outputs", "omitted"):
        if data[name] is not None:
            data[name] = tuple(data[name])
    data["warnings"] = tuple(each if isinstance(each, Warn) else Warn(**each) for each in data["warnings"])
    return Run(**data)
