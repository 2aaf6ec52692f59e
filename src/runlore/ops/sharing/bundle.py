"""The records of runs on their way: which belong together in a file, and what a file holds."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from runlore.errors import FormatError, RemoteDamagedError
from runlore.ops.counted import Progress, silent
from runlore.records.canonical import decode, encode
from runlore.records.environment import decode_environment
from runlore.records.event import decode_event
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import RunId, record_digest, record_id
from runlore.records.run import Intent, Recipe, Seal, decode_intent, decode_recipe, decode_seal
from runlore.store.adopting import Arrived
from runlore.store.layout import Layout
from runlore.store.reading import read_plain
from runlore.store.remote import manifest
from runlore.store.runs import open_seal
from runlore.store.store import Store

_HINT = "nothing of that file was kept; mlrun fsck REMOTE shows what else is damaged"


class Sealed(NamedTuple):
    """A run that has ended, with the bytes of its records: ``others`` are its recipes and environments."""

    run: RunId
    intent: Intent
    seal: Seal
    recipes: tuple[Recipe, ...]
    intent_bytes: bytes
    seal_bytes: bytes
    others: tuple[bytes, ...]


def read_sealed(store: Store, run: RunId) -> Sealed | None:
    """The records of a run; ``None`` if it has not ended.

    Raises:
        CorruptError: one is damaged or missing.
        MalformedRecordError: one cannot be read.
    """
    intent_bytes = _file(store.layout, run, "intent")
    seal_file = _file(store.layout, run, "seal")
    if intent_bytes is None or seal_file is None:
        return None
    if record_digest(intent_bytes).hex() != run:
        raise MalformedRecordError("the bytes are not those of its id")
    intent, seal = decode_intent(intent_bytes), open_seal(seal_file)
    others, recipes = [], []
    for oid in dict.fromkeys((intent.recipe, seal.recipe)):
        others.append(store.objects.record(bytes.fromhex(oid)))
        recipes.append(decode_recipe(others[-1]))
    environments = dict.fromkeys(each.environment for each in recipes if each.environment)
    others += [store.objects.record(bytes.fromhex(oid)) for oid in environments]
    seal_bytes = seal_file.partition(b"\n")[2]
    if any(map(is_too_large, (intent_bytes, seal_bytes, *others))):
        raise MalformedRecordError(f"one of its records has more than {MOST_VALUES:,} values, which no remote takes")
    return Sealed(run, intent, seal, tuple(recipes), intent_bytes, seal_bytes, tuple(others))


def _file(layout: Layout, run: str, name: str) -> bytes | None:
    try:
        return read_plain(f"{layout.runs}/{run}/{name}")
    except FileNotFoundError:
        return None


class File(NamedTuple):
    """A records file in the making: its lines, and the ids of the runs and events in it."""

    lines: list[bytes]
    runs: list[bytes]
    events: list[bytes]


def files(sealed: Iterable[Sealed], events: Sequence[bytes]) -> Iterator[File]:
    """Records in files. All that a run needs to be listed is in one, alike beside alike, so that they pack well."""
    found = _Gathering()
    for each in sealed:
        if found.size + _size(each) > manifest.MOST_RECORDS and found.runs:
            yield found.file()
            found = _Gathering()
        found.add(each)
    for event in events:
        if found.size + len(event) + 1 > manifest.MOST_RECORDS:
            yield found.file()
            found = _Gathering()
        found.add_event(event)
    if found.size:
        yield found.file()


def _size(each: Sealed) -> int:
    return len(each.intent_bytes) + len(each.seal_bytes) + sum(map(len, each.others)) + 8


class _Gathering:
    def __init__(self) -> None:
        self.size = 0
        self.runs: list[bytes] = []
        self._events: list[bytes] = []
        self._others: dict[bytes, None] = {}
        self._intents: list[bytes] = []
        self._seals: list[bytes] = []

    def add(self, each: Sealed) -> None:
        fresh = [other for other in each.others if other not in self._others]
        self._others.update(dict.fromkeys(fresh))
        self._intents.append(each.intent_bytes)
        self._seals.append(each.seal_bytes)
        self.runs.append(bytes.fromhex(each.run))
        self.size += len(each.intent_bytes) + len(each.seal_bytes) + sum(len(other) + 1 for other in fresh) + 2

    def add_event(self, event: bytes) -> None:
        self._events.append(event)
        self.size += len(event) + 1

    def file(self) -> File:
        others = sorted(self._others, key=lambda data: (data[-24:], data))  # ends with its schema: alike beside alike
        events = [record_digest(event) for event in self._events]
        return File([*others, *self._intents, *self._seals, *self._events], self.runs, events)


MOST_VALUES = 1_000_000
"""Values in one record: a run with a hundred thousand files. Ten bytes that a stranger writes can cost us a hundred."""
_SCHEMA = re.compile("[a-z]{1,40}/[0-9]{1,9}")


def is_too_large(record: bytes) -> bool:
    """Whether the record is larger than one on a remote may be."""
    return len(record) >= manifest.MOST_RECORDS or sum(map(record.count, (b",", b"[", b"{"))) > MOST_VALUES


class Contents(NamedTuple):
    """What a records file holds, each record looked at."""

    runs: list[Arrived]
    events: list[bytes]
    others: list[bytes]
    authors: dict[str, str]
    """Who made each run."""
    recipes: dict[str, list[str]]
    """The ids of the recipes that each run names, one perhaps twice."""


def unpack(name: str, data: bytes, progress: Progress = silent) -> Contents:
    """The records in a file from a stranger.

    Raises:
        RemoteDamagedError: one is not what it must be; it is named.
    """
    intents: dict[str, bytes] = {}
    seals: dict[str, bytes] = {}
    found = Contents([], [], [], {}, {})
    for line in manifest.decode_records(name, data):
        try:
            _sort(name, line, intents, seals, found)
            progress("reading runs", len(intents), 0)
        except RecursionError as error:
            raise _malformed(name, line, "it is nested too deep") from error
        except (TypeError, ValueError) as error:  # a TypeError is of a number that canonical JSON has no form for
            raise _malformed(name, line, str(error)) from error
    for run in (*(intents.keys() - seals.keys()), *(seals.keys() - intents.keys())):
        missing = "end" if run in intents else "beginning"
        raise RemoteDamagedError(f"run {run} in {name} has no {missing}", hint=_HINT)
    for run, intent in intents.items():
        found.runs.append(Arrived(run, intent, seals[run]))
    return found


def _malformed(name: str, line: bytes, why: str) -> RemoteDamagedError:
    return RemoteDamagedError(f"record {record_id(line)} in {name} is malformed: {why}", hint=_HINT)


def _sort(name: str, line: bytes, intents: dict[str, bytes], seals: dict[str, bytes], found: Contents) -> None:
    if is_too_large(line):
        raise MalformedRecordError(f"it has more than {MOST_VALUES:,} values, or is longer than any")
    value = decode(line)
    schema = value.get("schema") if isinstance(value, dict) else None
    if encode(value) != line:
        raise MalformedRecordError("it is not written in canonical form")
    del value
    match schema:
        case "intent/1":
            intent, run = decode_intent(line), record_id(line)
            intents[run] = line
            found.authors[run] = intent.author
            found.recipes.setdefault(run, []).append(intent.recipe)
        case "seal/1":
            seal = decode_seal(line)
            found.recipes.setdefault(seal.run, []).append(seal.recipe)
            if seals.setdefault(seal.run, line) != line:
                raise MalformedRecordError(f"it is another end of run {seal.run}")
        case "event/1":
            decode_event(line)
            found.events.append(line)
        case "recipe/1":
            decode_recipe(line)
            found.others.append(line)
        case "environment/1":
            decode_environment(line)
            found.others.append(line)
        case str() if _SCHEMA.fullmatch(schema):
            raise FormatError(
                f"{name} on the remote has a record of a newer mlrun", hint="pip install --upgrade runlore"
            )
        case _:
            raise MalformedRecordError("it does not say what it is")
