"""Do two indexes say the same? Compared row by row, by what the rows mean: their numbers are each index's own."""

import itertools
import os
from collections.abc import Iterator

from runlore.errors import CorruptError
from runlore.records.event import decode_event
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import record_id
from runlore.store.catalog import Facts
from runlore.store.database import Database
from runlore.store.pack import name_of, read_table

_FACTS = ", ".join(f'"{name}"' for name in Facts._fields)
_RUNS = (
    f"SELECT id, started_at, name, experiment, sealed, {_FACTS}, summary FROM runs LEFT JOIN summaries ON run = number"  # noqa: S608 - names of ours
)
_PARAMS = """SELECT id, kind, keys.name, value FROM params
    LEFT JOIN keys ON key = keys.number LEFT JOIN runs ON run = runs.number"""
_METRICS = """SELECT id, kind, keys.name, last, min, max, count, step FROM metrics
    LEFT JOIN keys ON key = keys.number LEFT JOIN runs ON run = runs.number"""
_FILES = """SELECT id, role, path FROM holds LEFT JOIN lists ON holds.list = lists.number
    LEFT JOIN runs ON run = runs.number LEFT JOIN files ON files.list = lists.number"""
_SAID = (_RUNS, _PARAMS, _METRICS, _FILES)
_EVENTS = "SELECT id, ref, event FROM events ORDER BY id"
_OBJECTS = "SELECT digest, kind FROM objects"
_PLACES = "SELECT name, digest, kind, offset, length FROM objects LEFT JOIN packs ON pack = packs.number ORDER BY name"


def differ(known: Database, fresh: Database, packs: str) -> bool:
    """Whether ``known`` says of anything that ``fresh``, made from the records a moment ago, knows something else.

    What only ``known`` has is passed over where its file was damaged since. ``packs`` is the folder of that name.
    """
    if known.known("PRAGMA integrity_check(1)") != [("ok",)]:
        return True
    runs = {run for (run,) in fresh.query("SELECT id FROM runs")}
    for said in _SAID:
        # Number 1 is the id; a row without one belongs to no run.
        rows = (row for row in known.query(f"{said} ORDER BY 1, 2, 3") if row[0] is None or row[0] in runs)
        if _unlike(rows, fresh.query(f"{said} ORDER BY 1, 2, 3")):
            return True
    return _other_events(known, fresh) or _misplaced(known, fresh, packs)


def _unlike(a: Iterator[tuple[object, ...]], b: Iterator[tuple[object, ...]]) -> bool:
    return any(repr(one) != repr(other) for one, other in itertools.zip_longest(a, b))


def _other_events(known: Database, fresh: Database) -> bool:
    """Whether an event is not known, or is another; one whose file was damaged since is known still."""
    left = dict.fromkeys(fresh.query(_EVENTS))
    for row in known.query(_EVENTS):
        if row not in left and not _is_itself(*row):
            return True
        left.pop(row, None)
    return bool(left)


def _is_itself(name: str, ref: str, data: bytes) -> bool:
    try:
        return record_id(data) == name and decode_event(data).ref == ref
    except MalformedRecordError:
        return False


def _misplaced(known: Database, fresh: Database, packs: str) -> bool:
    """Whether an object that a whole pack has is not known, or is said to lie where it does not."""
    left = set(fresh.query(_OBJECTS))
    for name, rows in itertools.groupby(known.query(_PLACES), key=lambda row: row[0]):
        if name is None:
            return True
        try:
            places = read_table(f"{packs}/{os.path.basename(name)}")
            there = set(map(tuple, places)) if name_of(places) == name else None
        except (CorruptError, OSError):
            there = None  # it was whole when it was taken in
        for _, digest, kind, offset, length in rows:
            left.discard((digest, kind))
            if there is not None and (digest, kind, offset, length) not in there:
                return True
    return bool(left)
