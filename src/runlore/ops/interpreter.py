"""Which environment a program runs in: what its interpreter reported the last time, if nothing changed since."""

import json
import os
from collections.abc import Mapping

from runlore.capture.content import state_of
from runlore.capture.environment import read_environment
from runlore.capture.interpreter import Interpreter, read_report
from runlore.records.canonical import Json
from runlore.records.environment import encode_environment
from runlore.records.hashing import ObjectId
from runlore.store.objects import ObjectWriter
from runlore.store.statcache import StatCache


def remember_report(stats: StatCache, program: str, environ: Mapping[str, str], report: Mapping[str, Json]) -> None:
    """Remember what ``program`` reported of itself. Only an interpreter's own report says something about it."""
    if report.get("executable") == program and (key := _key(program, environ)) is not None:
        stats.put(key, json.dumps(report).encode())


def remembered_interpreter(stats: StatCache, program: str, environ: Mapping[str, str]) -> Interpreter | None:
    """What ``program`` reported the last time it ran under the same conditions; nothing is run to find out."""
    key = _key(program, environ)
    data = None if key is None else stats.get(key)
    return None if data is None else read_report(json.loads(data))


def add_environment(stats: StatCache, writer: ObjectWriter, interpreter: Interpreter) -> ObjectId:
    """Put the environment of an interpreter into the store; its id."""
    return ObjectId(writer.add_record(encode_environment(read_environment(interpreter, stats))))


def _key(program: str, environ: Mapping[str, str]) -> bytes | None:
    """What must be equal for a report to hold still: the program's file, its pyvenv.cfg, and the path it is given."""
    try:
        states = [state_of(os.stat(program))]
    except OSError:
        return None
    try:
        states.append(state_of(os.stat(os.path.dirname(os.path.dirname(program)) + "/pyvenv.cfg")))
    except OSError:
        states.append(b"-")
    names = ("PYTHONPATH", "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONUSERBASE", "HOME")
    variables = "\0".join(f"{name}={environ.get(name, '')}" for name in names)
    return b"i:" + b"\0".join([os.fsencode(program), *states, os.fsencode(variables)])
