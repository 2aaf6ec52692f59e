"""What the journal of a run tells, read as something that processes of the user write to as well."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from runlore.capture.interpreter import is_path, read_report
from runlore.ops.nested import nested
from runlore.ops.touched import Places
from runlore.records.canonical import Json, Scalar
from runlore.records.run import SEAL_SHAPES, Warn
from runlore.records.shapes import scalar
from runlore.store import journal

_STATES = ("succeeded", "failed", "killed")
"""What a command can end in."""

Entries = Sequence[Mapping[str, Json]]
"""Of a journal, in order."""


class Ended(NamedTuple):
    """How a command ended; the fields of `Seal` of these names."""

    state: str
    exit_code: int | None
    signal: int | None
    ended_at: int
    duration: float | None
    usage: dict[str, Json]
    log_bytes: int
    warnings: tuple[Warn, ...]


def journal_end(journal_path: str, ended: Ended) -> Ended:
    """Put the end on record at once, so that it is known even if nobody lives to write the seal.

    Returns it, with a warning if the journal is no longer there to write to: the run may have removed it.
    """
    entry: dict[str, Any] = ended._asdict()
    entry["warnings"] = [[warning.code, warning.message] for warning in ended.warnings]
    try:
        journal.append(journal_path, {"kind": "ended", **entry})
    except OSError as error:
        message = f"what the script reported itself, parameters and metrics, may be missing: {error.strerror}"
        return ended._replace(warnings=(*ended.warnings, Warn("journal-incomplete", message)))
    return ended


def known_end(entries: Entries) -> Ended | None:
    """The end of the command, if it was put on record."""
    return next((end for entry in entries if entry.get("kind") == "ended" and (end := _end(entry))), None)


def _end(entry: Mapping[str, Any]) -> Ended | None:
    """What `journal_end` wrote; ``None`` if it is something else: processes of the run write to the journal too."""
    plain = [name for name in Ended._fields if name != "warnings"]
    if not all(name in entry and SEAL_SHAPES[name](entry[name]) for name in plain) or entry["state"] not in _STATES:
        return None
    try:
        warnings = tuple(Warn(code=str(code), message=str(message)) for code, message in entry["warnings"])
    except (KeyError, TypeError, ValueError):
        return None
    return Ended(**{name: entry[name] for name in plain}, warnings=warnings)


def interpreter(entries: Entries) -> str | None:
    """The path of the command's first interpreter, as it reported it."""
    for entry in entries:
        if entry.get("kind") == "interpreter" and isinstance(path := entry.get("executable"), str):
            return path
    return None


def places_of(top: str, environ: Mapping[str, str], entries: Entries) -> Places:
    """Where the paths of a run lie, by the reports of its interpreters."""
    reports = [report for entry in entries if (report := read_report(entry)) is not None]
    prefixes = frozenset(prefix for each in reports for prefix in (each.prefix, each.base_prefix))
    imports = frozenset(os.path.realpath(folder) for each in reports for folder in each.path)
    return Places(top, environ, prefixes, imports, nested=nested(entries))


def told_warnings(entries: Entries) -> Iterator[Warn]:
    """What processes of the run say themselves that a person should know."""
    for entry in entries:
        code, message = entry.get("code"), entry.get("message")
        if entry.get("kind") == "warning" and isinstance(code, str) and isinstance(message, str):
            yield Warn(code, message)


def scripted_params(entries: Entries) -> dict[str, Scalar]:
    """Parameters that the script has told."""
    found: dict[str, Scalar] = {}
    for entry in entries:
        values = entry.get("values")
        if entry.get("kind") == "params" and isinstance(values, dict):
            found |= {name: value for name, value in values.items() if scalar(value)}
    return found


def scripted_outputs(entries: Entries) -> Iterator[str]:
    """Paths that the script has named as its outputs."""
    for entry in entries:
        path = entry.get("path")
        if entry.get("kind") == "output" and isinstance(path, str) and is_path(path):
            yield path
