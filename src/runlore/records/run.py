"""A run: its recipe (what), its intent (who, where, when) and its seal (how it ended).

The recipe holds what determines the result and nothing else, no time and no person: equal recipe,
equal experiment; its id is the run's fingerprint. The intent is written before the command starts
and its id is the run's id. The seal is written once, afterwards.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from runlore.records.canonical import Json, Scalar, decode, encode
from runlore.records.fields import MalformedRecordError, expect, known, to_json
from runlore.records.hashing import ObjectId, RunId

RECIPE, INTENT, SEAL = "recipe/1", "intent/1", "seal/1"

_Record = TypeVar("_Record")


class Warn(NamedTuple):
    """Something a person should know about a run: a stable code and a sentence."""

    code: str
    message: str


class FileRef(NamedTuple):
    """A file or folder of a run.

    ``path`` is relative to the top of the project, or absolute outside it; ``oid`` the blob or tree,
    ``size`` bytes; ``stored`` whether this run put the bytes into the store; ``how`` it is known
    (``declared``, ``traced``, ``code``); ``kind`` one of ``records.tree``'s kinds as text.
    """

    path: str
    oid: ObjectId
    size: int
    stored: bool
    how: str
    kind: str = "f"


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
    permission).
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


class Seal(NamedTuple):
    """How a run ended. ``state`` is ``succeeded``, ``failed``, ``killed`` or ``crashed``.

    ``recipe`` is the completed recipe, which counts; ``ended_at`` nanoseconds since 1970 UTC,
    ``duration`` seconds; ``exit_code`` and ``signal`` at most one of them; ``log`` a blob;
    ``observer`` names what watched the run and ``blind`` what it could not see; ``interpreter`` is the
    path of the first Python that reported itself.
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


def encode_recipe(recipe: Recipe) -> bytes:
    """The canonical bytes of the record."""
    return encode({"schema": RECIPE, **to_json(recipe)})


def encode_intent(intent: Intent) -> bytes:
    """The canonical bytes of the record; their id is the run's id."""
    return encode({"schema": INTENT, **to_json(intent)})


def encode_seal(seal: Seal) -> bytes:
    """The canonical bytes of the record."""
    return encode({"schema": SEAL, **to_json(seal)})


def decode_recipe(data: bytes) -> Recipe:
    """The recipe in these bytes; raises `MalformedRecordError`."""
    return _decode(data, RECIPE, Recipe, {"argv": tuple, "config": tuple, "inputs": tuple})


def decode_intent(data: bytes) -> Intent:
    """The intent in these bytes; raises `MalformedRecordError`."""
    return _decode(data, INTENT, Intent, {"inputs": _files, "omitted": _files, "skipped": _warns, "warnings": _warns})


def decode_seal(data: bytes) -> Seal:
    """The seal in these bytes; raises `MalformedRecordError`."""
    return _decode(data, SEAL, Seal, {"outputs": _files, "blind": tuple, "warnings": _warns})


def _files(data: Json) -> tuple[FileRef, ...]:
    return tuple(FileRef(**known(FileRef, each)) for each in data)


def _warns(data: Json) -> tuple[Warn, ...]:
    return tuple(Warn(**known(Warn, each)) for each in data)


def _decode(data: bytes, schema: str, kind: type[_Record], convert: Mapping[str, Any]) -> _Record:
    try:
        found = known(kind, expect(decode(data), schema))
        for name, to in convert.items():
            found[name] = to(found[name])
        return kind(**found)
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise MalformedRecordError(f"not a readable {schema} record: {error}") from error
