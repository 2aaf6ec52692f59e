"""What the records of a run say, put together."""

from typing import Any

from runlore.errors import CorruptError, NewerRecordError
from runlore.ops.parts import Begun, read_begun, read_rest
from runlore.ops.results import Run
from runlore.records.canonical import Json
from runlore.records.environment import Environment, decode_environment
from runlore.records.event import Event
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import RunId
from runlore.records.run import Intent, Seal, Warn, by_path
from runlore.records.seedless import seedless
from runlore.store import runs
from runlore.store.adopting import origin_of
from runlore.store.refs import Refs
from runlore.store.store import Store

Environments = dict[str | None, dict[str, Any]]
"""Those that were read before: thousands of runs share a few, the longest of their records."""
_SHORT = 12
_USAGE = ("cpu_seconds", "peak_memory", "gpu_seconds", "gpu_scope", "read_bytes", "written_bytes")


def describe(store: Store, refs: Refs, run: str) -> Run:
    """Everything about a run.

    Raises:
        CorruptError: a record is damaged.
    """
    data = records_of(store, read_begun(store, RunId(run)))
    state = data["state"] or live_state(store, run, data.pop("boot"))
    data.pop("boot", None)
    notes = tuple(note_json(event) for event in refs.notes(run))
    tags = tuple(name for name, head in refs.tags().items() if head.event.data["run"] == run)
    origin = origin_of(store.layout, run)
    return run_of({**data, "state": state, "tags": tags, "notes": notes, "origin": origin and origin._asdict()})


def why_unreadable(store: Store, run: str) -> CorruptError:
    """Why the records of a run cannot be read."""
    try:
        records_of(store, read_begun(store, RunId(run)))
    except NewerRecordError as error:
        return error
    except (CorruptError, OSError):
        pass
    return CorruptError(f"the records of run {run[:_SHORT]} are damaged", hint="mlrun fsck shows what is wrong")


def note_json(event: Event) -> dict[str, Json]:
    """A note as results hold it."""
    return {"text": event.data["text"], "author": event.author, "at": event.at}


def live_state(store: Store, run: str, boot: str) -> str:
    """The state of a run without a seal."""
    if runs.is_alive(store.layout, run, boot):
        return "running"
    seal = runs.read_seal(store.layout, run)  # it may have ended between two looks
    return seal.state if seal else "crashed"


def records_of(store: Store, begun: Begun, environments: Environments | None = None) -> dict[str, Any]:
    """The fields of `Run` that records hold, and ``boot``; ``state`` is ``None`` without a seal.

    With ``environments`` without packages, and from those as far as they go; and with ``seedless``.
    """
    packages = environments is None
    run, intent, seal, recipe = read_rest(store, begun)
    try:
        if environments is None:
            environment = _environment(store, recipe.environment, packages=True)
        else:
            if recipe.environment not in environments:
                environments[recipe.environment] = _environment(store, recipe.environment, packages=False)
            environment = dict(environments[recipe.environment])
    except MalformedRecordError as error:
        raise runs.unreadable(f"the environment of run {run}", error) from error
    succeeded = seal is not None and seal.state == "succeeded"
    more = {} if packages else {"seedless": seedless(recipe) if succeeded else None}
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
        "fingerprint": begun.fingerprint,
        "author": intent.author,
        "host": intent.host,
        "started_at": intent.started_at,
        "parent": intent.parent,
        "boot": intent.boot,
        "warnings": (*intent.warnings, *intent.skipped, *(seal.warnings if seal else ())),
        **_ending(intent, seal),
        **more,
    }


def _ending(intent: Intent, seal: Seal | None) -> dict[str, Any]:
    """The fields that a seal brings."""
    if seal is None:
        return {
            **dict.fromkeys(("state", "finished_at", "duration", "exit_code", "signal", "log")),
            "outputs": (),
            "origins": (),
            "folders": (),
            "network": (),
            "metrics": {},
            "series": None,
            "usage_series": None,
            "samples": None,
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
        "origins": seal.origins,
        "folders": seal.folders,
        "network": seal.network,
        "metrics": seal.metrics,
        "series": seal.series,
        "usage_series": seal.usage_series,
        "samples": seal.samples,
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


def run_of(data: dict[str, Any]) -> Run:
    """The result, whether its parts come from records or from the index."""
    for name in ("inputs", "outputs", "omitted"):
        if data[name] is not None:
            data[name] = tuple(data[name])
    data["warnings"] = tuple(each if isinstance(each, Warn) else Warn(**each) for each in data["warnings"])
    return Run(**data)
