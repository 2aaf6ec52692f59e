"""Which environment a program runs in: what its interpreter reported the last time, if nothing changed since.

A report is what the probe writes into the journal (kind ``interpreter``). On the way of every run lie only
a few ``stat`` calls; what reads packages is imported when something did change.
"""

import json
import os
from collections.abc import Mapping, Sequence

from runlore.capture.content import state_of
from runlore.records.canonical import Json
from runlore.records.hashing import ObjectId
from runlore.store.checksum import fingerprint
from runlore.store.pack import RECORD
from runlore.store.statcache import StatCache
from runlore.store.writer import ObjectWriter

_DECIDING = ("PYTHONPATH", "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONUSERBASE", "HOME")
"""Variables that decide where an interpreter looks for packages."""

Report = Mapping[str, Json]


def remember_report(stats: StatCache, program: str, environ: Mapping[str, str], report: Report) -> None:
    """Remember what ``program`` reported of itself. Only an interpreter's own report says something about it."""
    if report.get("executable") == program and (key := _program_state(program, environ)) is not None:
        value = json.dumps({name: item for name, item in report.items() if name != "pid"}).encode()
        if stats.get(key) != value:
            stats.put(key, value)


def remembered_report(stats: StatCache, program: str, environ: Mapping[str, str]) -> Report | None:
    """What ``program`` reported the last time it ran under the same conditions; nothing is run to find out."""
    key = _program_state(program, environ)
    data = None if key is None else stats.get(key)
    return None if data is None else {**json.loads(data), "pid": 0}


def remember_started(stats: StatCache, argv: Sequence[str], environ: Mapping[str, str], report: Report) -> None:
    """Remember what the first interpreter said that a command started which is none itself, such as a shell script."""
    executable = report.get("executable")
    if isinstance(executable, str) and (key := _started_state(argv, executable, environ)) is not None:
        value = json.dumps({name: item for name, item in report.items() if name != "pid"}).encode()
        if stats.get(key) != value:
            stats.put(key, value)


def started_report(stats: StatCache, argv: Sequence[str], executable: str, environ: Mapping[str, str]) -> Report | None:
    """What ``executable`` reported the last time that the same command started it under the same conditions."""
    key = _started_state(argv, executable, environ)
    data = None if key is None else stats.get(key)
    return None if data is None else {**json.loads(data), "pid": 0}


def add_environment(stats: StatCache, writer: ObjectWriter, report: Report) -> ObjectId | None:
    """Put the environment of an interpreter into the store; its id, or ``None`` if the report makes no sense."""
    key = environment_state(report)
    known = stats.get(key)
    if known is not None and writer.has(known, RECORD):
        return ObjectId(known.hex())
    from runlore.capture.environment import is_remembered, read_environment  # noqa: PLC0415 - only after a change
    from runlore.capture.interpreter import read_report  # noqa: PLC0415 - the same
    from runlore.records.environment import encode_environment  # noqa: PLC0415 - the same

    interpreter = read_report(report)
    if interpreter is None:
        return None
    oid = ObjectId(writer.add_record(encode_environment(read_environment(interpreter, stats))))
    if is_remembered(interpreter, stats) and environment_state(report) == key:
        stats.put(key, bytes.fromhex(oid))
    return oid


def environment_state(report: Report) -> bytes:
    """Stands for what the report says and for the state of every folder that its packages can be in."""
    said = json.dumps({name: item for name, item in report.items() if name != "pid"}, sort_keys=True)
    path = report.get("path")
    folders = [entry for entry in path if isinstance(entry, str)] if isinstance(path, list) else []
    return b"o:" + fingerprint(said.encode() + b"".join(map(_state, folders)))


def _program_state(program: str, environ: Mapping[str, str]) -> bytes | None:
    """What must be equal for a report to hold still: the program's file, its pyvenv.cfg, and where it looks."""
    state = _state(program)
    if state == _ABSENT:
        return None
    settings = _state(os.path.dirname(os.path.dirname(program)) + "/pyvenv.cfg")
    variables = "\0".join(f"{name}={environ.get(name, '')}" for name in _DECIDING)
    return b"i:" + b"\0".join([os.fsencode(program), state, settings, os.fsencode(variables)])


def _started_state(argv: Sequence[str], executable: str, environ: Mapping[str, str]) -> bytes | None:
    state = _program_state(executable, environ)
    return None if state is None else b"s:" + fingerprint(b"\0".join([state, *map(os.fsencode, argv)]))


_ABSENT = b"-"


def _state(path: str) -> bytes:
    try:
        return state_of(os.stat(path))
    except (OSError, ValueError):
        return _ABSENT
