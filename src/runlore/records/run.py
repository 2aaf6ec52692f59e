"""A run: its recipe (what), its intent (who, where, when) and its seal (how it ended).

The recipe holds what determines the result and nothing else, no time and no person: equal recipe,
equal experiment; its id is the run's fingerprint. The intent is written before the command starts
and its id is the run's id. The seal is written once, afterwards.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from runlore.records.canonical import Json, Scalar, encode
from runlore.records.fields import known, read, records, to_json
from runlore.records.hashing import ObjectId, RunId
from runlore.records.origins import Origin, is_md5
from runlore.records.samples import TABLE_SHAPE
from runlore.records.shapes import (
    Shape,
    amount,
    array,
    count,
    flag,
    identifier,
    label,
    maybe,
    number,
    one_of,
    scalar,
    structure,
    table,
    text,
)
from runlore.records.states import SEALED

RECIPE, INTENT, SEAL = "recipe/1", "intent/1", "seal/1"
SAMPLES = "samples"
"""The role of an output that holds samples, one a row."""


class Warn(NamedTuple):
    """Something a person should know about a run: a stable code and a sentence."""

    code: str
    message: str


class FileRef(NamedTuple):
    """A file or folder of a run.

    ``path`` is relative to the top of the project, or absolute outside it; ``oid`` the blob or tree,
    ``size`` bytes; ``stored`` whether this run put the bytes into the store; ``how`` it is known
    (``declared``, ``traced``, ``code``); ``kind`` one of ``records.tree``'s kinds as text; ``role`` what it is to
    the run: ``data``, ``code`` that the code tree does not have, ``intermediate``, made and then read; of outputs also
    ``added``, what was there before is still in it, ``begun``, it was not there, but would not have been emptied, and
    ``samples``, it was said to hold them.
    """

    path: str
    oid: ObjectId
    size: int
    stored: bool
    how: str
    kind: str = "f"
    role: str = "data"


class Recipe(NamedTuple):
    """What determines the result. ``code`` is a tree, ``environment`` a record, both by id.

    ``inputs`` are ``{"path", "oid", "kind"}`` and ``config`` ``{"path", "oid"}``: identity without
    how or whether it was stored, which must not change the fingerprint.
    """

    argv: tuple[str, ...]
    cwd: str
    code: ObjectId | None
    params: Mapping[str, Scalar]
    config: tuple[Mapping[str, str], ...]
    environment: ObjectId | None
    inputs: tuple[Mapping[str, str], ...]
    variables: Mapping[str, str]


class Intent(NamedTuple):
    """That somebody started something, and what is known before it runs.

    Times are nanoseconds since 1970 UTC. ``boot`` is the kernel's boot id and ``host`` the host name:
    whether a run without a seal still lives is decided by them. ``git`` is as
    `records.git.GitFacts`, as JSON. ``omitted`` lists what the code tree or an input names and the
    store was not given (too large), ``skipped`` what could not be read at all (socket, no
    permission). ``top`` is where the project lay; ``others`` has the names of all variables that the recipe does
    not keep, each with a fingerprint of its value under the key of the store; ``stdin`` says what its
    standard input was (`capture.standard_input`).
    """

    recipe: ObjectId
    name: str | None
    experiment: str | None
    message: str | None
    started_at: int
    author: str
    host: str
    boot: str
    nonce: str
    interpreter: str | None
    code_files: int
    code_bytes: int
    git: Mapping[str, Json] | None
    patch: ObjectId | None
    inputs: tuple[FileRef, ...]
    omitted: tuple[FileRef, ...]
    skipped: tuple[Warn, ...]
    hardware: Mapping[str, Json]
    warnings: tuple[Warn, ...]
    parent: Mapping[str, str] | None = None
    top: str | None = None
    others: Mapping[str, str] | None = None
    stdin: str | None = None


class Seal(NamedTuple):
    """How a run ended. ``state`` is ``succeeded``, ``failed``, ``killed``, ``crashed``, or ``reused``.

    ``recipe`` is the completed recipe, which counts; ``ended_at`` nanoseconds since 1970 UTC,
    ``duration`` seconds; ``exit_code`` and ``signal`` at most one of them; ``log`` a blob;
    ``observer`` names what watched the run and ``blind`` what it could not see; ``interpreter`` is the
    path of the first Python that reported itself. ``inputs`` are those that were seen beside the declared ones
    of the intent; ``folders`` those whose entries were listed; ``imported`` the distributions that were
    imported, ``None`` where nobody looked; ``network`` the hosts; ``order`` the paths of the outputs, as the last byte
    was written to each; ``made_folders`` the outermost folders that it made for them. ``series`` is the blob of all
    metrics' points, ``usage_series`` that of what it used over its time.
    ``secrets`` are those in files, which are kept as they are: ``{"part", "path", "line", "rule", "fingerprint"}``;
    ``unsearched`` is how many files nobody has searched for them yet. ``kept`` are the distributions that no
    index can give again and the store therefore has: ``{"name", "version", "why", "tree", "whole", "roots"}``.
    ``origins`` are the inputs that another tool has as well. ``samples`` is the table of what its script told of
    samples (`records.samples`).
    """

    run: RunId
    recipe: ObjectId
    state: str
    exit_code: int | None
    signal: int | None
    ended_at: int
    duration: float | None
    usage: Mapping[str, Json]
    log: ObjectId | None
    log_bytes: int
    outputs: tuple[FileRef, ...]
    metrics: Mapping[str, Mapping[str, Json]]
    observer: str
    blind: tuple[str, ...]
    warnings: tuple[Warn, ...] = ()
    interpreter: str | None = None
    inputs: tuple[FileRef, ...] = ()
    folders: tuple[str, ...] = ()
    imported: tuple[str, ...] | None = None
    network: tuple[str, ...] = ()
    series: ObjectId | None = None
    usage_series: ObjectId | None = None
    secrets: tuple[Mapping[str, str | int], ...] = ()
    unsearched: int = 0
    order: tuple[str, ...] = ()
    made_folders: tuple[str, ...] = ()
    kept: tuple[Mapping[str, Json], ...] = ()
    origins: tuple[Origin, ...] = ()
    samples: Mapping[str, Json] | None = None


def by_path(refs: Iterable[FileRef]) -> tuple[FileRef, ...]:
    """References sorted by path, the last one where a path was named twice."""
    found = {ref.path: ref for ref in refs}
    return tuple(found[path] for path in sorted(found))


def encode_recipe(recipe: Recipe) -> bytes:
    """The canonical bytes of the record."""
    return encode({"schema": RECIPE, **to_json(recipe)})


def encode_intent(intent: Intent) -> bytes:
    """The canonical bytes of the record; their id is the run's id."""
    return encode({"schema": INTENT, **to_json(intent)})


def encode_seal(seal: Seal) -> bytes:
    """The canonical bytes of the record."""
    fields = to_json(seal)
    if not seal.origins:
        del fields["origins"]
    if seal.samples is None:
        del fields["samples"]
    return encode({"schema": SEAL, **fields})


def decode_recipe(data: bytes) -> Recipe:
    """The recipe in these bytes; raises `MalformedRecordError`."""
    found = read(data, RECIPE, Recipe, _RECIPE)
    return Recipe(**{**found, **{name: tuple(found[name]) for name in ("argv", "config", "inputs")}})


def decode_intent(data: bytes) -> Intent:
    """The intent in these bytes; raises `MalformedRecordError`."""
    found = read(data, INTENT, Intent, _INTENT)
    found |= {name: _files(found[name]) for name in ("inputs", "omitted")}
    return Intent(**{**found, "skipped": _warns(found["skipped"]), "warnings": _warns(found["warnings"])})


def decode_seal(data: bytes) -> Seal:
    """The seal in these bytes; raises `MalformedRecordError`."""
    found = read(data, SEAL, Seal, SEAL_SHAPES)
    found |= {name: _files(found.get(name, ())) for name in ("inputs", "outputs")}
    found |= {
        name: tuple(found.get(name, ()))
        for name in ("blind", "folders", "network", "secrets", "order", "made_folders", "kept")
    }
    found["origins"] = tuple(Origin(**known(Origin, each)) for each in found.get("origins", ()))
    imported = found.get("imported")
    found["imported"] = None if imported is None else tuple(imported)
    return Seal(**{**found, "warnings": _warns(found.get("warnings", ()))})


def _files(data: Json) -> tuple[FileRef, ...]:
    return tuple(FileRef(**known(FileRef, each)) for each in data)


def _warns(data: Json) -> tuple[Warn, ...]:
    return tuple(Warn(**known(Warn, each)) for each in data)


_WARN: Mapping[str, Shape] = {"code": text, "message": text}
_FILE: Mapping[str, Shape] = {
    "path": text,
    "oid": identifier,
    "size": count,
    "stored": flag,
    "how": text,
    **dict.fromkeys(("kind", "role"), text),
}
_GIT = structure(
    {
        **dict.fromkeys(("commit", "branch"), maybe(text)),
        "remotes": table(text),
        **dict.fromkeys(("dirty", "shallow"), flag),
        **dict.fromkeys(("modified", "untracked"), array(text)),
        "submodules": array(structure({})),
    }
)
_HARDWARE = structure(
    {
        "cpu": maybe(text),
        **dict.fromkeys(("cores", "memory"), maybe(count)),
        **dict.fromkeys(("gpu_driver", "cuda_driver"), maybe(text)),
        "gpus": maybe(array(lambda gpu: text(gpu) or structure({"name": text})(gpu))),
    }
)
_SECRET: Mapping[str, Shape] = {**dict.fromkeys(("part", "path", "rule", "fingerprint"), text), "line": count}
_ROOT: Mapping[str, Shape] = {"path": text, "inside": maybe(text), "tree": maybe(identifier)}
_KEPT: Mapping[str, Shape] = {
    **dict.fromkeys(("name", "version", "why"), text),
    "tree": identifier,
    "whole": flag,
    "roots": array(structure(_ROOT, needed=tuple(_ROOT))),
}
"""A distribution that the store has the files of."""
KEPT: Shape = array(structure(_KEPT, needed=tuple(_KEPT)))
_ORIGIN: Mapping[str, Shape] = {"by": text, "path": label, "md5": is_md5, "size": count, "root": label}
_METRIC = structure({**dict.fromkeys(("last", "min", "max", "step"), maybe(number)), "count": maybe(count)})
_RECIPE: Mapping[str, Shape] = {
    "argv": lambda value: array(text)(value) and bool(value),
    "cwd": text,
    **dict.fromkeys(("code", "environment"), maybe(identifier)),
    "params": table(scalar),
    "config": array(structure({"path": text, "oid": identifier}, needed=("path", "oid"))),
    "inputs": array(structure({"path": text, "oid": identifier, "kind": text}, needed=("path", "oid", "kind"))),
    "variables": table(text),
}
_INTENT: Mapping[str, Shape] = {
    "recipe": identifier,
    **dict.fromkeys(("name", "experiment"), maybe(label)),
    **dict.fromkeys(("message", "interpreter"), maybe(text)),
    **dict.fromkeys(("author", "host", "boot", "nonce"), text),
    **dict.fromkeys(("started_at", "code_files", "code_bytes"), count),
    "git": maybe(_GIT),
    "patch": maybe(identifier),
    **dict.fromkeys(("inputs", "omitted"), records(FileRef, _FILE)),
    **dict.fromkeys(("skipped", "warnings"), records(Warn, _WARN)),
    "hardware": _HARDWARE,
    "parent": maybe(structure({"run": identifier, "kind": text}, needed=("run", "kind"))),
    "top": maybe(label),
    "others": maybe(table(text)),
    "stdin": maybe(text),
}
SEAL_SHAPES: Mapping[str, Shape] = {
    **dict.fromkeys(("run", "recipe"), identifier),
    "state": one_of(*SEALED),
    **dict.fromkeys(("exit_code", "signal"), maybe(count)),
    **dict.fromkeys(("ended_at", "log_bytes"), count),
    "duration": maybe(amount),
    "usage": structure(
        {
            **dict.fromkeys(("cpu_seconds", "gpu_seconds", "peak_memory"), maybe(amount)),
            **dict.fromkeys(("read_bytes", "written_bytes"), maybe(amount)),
            "gpu_scope": maybe(one_of("run", "device")),
        }
    ),
    "log": maybe(identifier),
    **dict.fromkeys(("inputs", "outputs"), records(FileRef, _FILE)),
    **dict.fromkeys(("folders", "network", "order", "made_folders"), array(text)),
    "imported": maybe(array(text)),
    **dict.fromkeys(("series", "usage_series"), maybe(identifier)),
    "secrets": array(structure(_SECRET, needed=tuple(_SECRET))),
    "unsearched": count,
    "kept": KEPT,
    "origins": records(Origin, _ORIGIN),
    "samples": maybe(TABLE_SHAPE),
    "metrics": table(_METRIC),
    "observer": text,
    "blind": array(text),
    "warnings": records(Warn, _WARN),
    "interpreter": maybe(text),
}
