"""What is missing or damaged here, had from remotes again: objects, records of runs, events."""

import os
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from runlore.errors import MlrunError
from runlore.ops.counted import Progress
from runlore.ops.mending import put_back
from runlore.ops.results import Repaired
from runlore.ops.sharing.bring import Place, bring
from runlore.ops.sharing.bundle import Contents, unpack
from runlore.ops.sharing.closure import Asked
from runlore.ops.sharing.link import Link, fetched, learn, linked, look, remotes
from runlore.records.hashing import record_digest, record_id
from runlore.store.durable import create
from runlore.store.lock import shared
from runlore.store.pack import RECORD
from runlore.store.reading import read_plain
from runlore.store.remote import manifest, names
from runlore.store.remote.url import parse
from runlore.store.store import Store

_ALL = "objects"


class Lost(NamedTuple):
    """Objects by kind and id, with the path of the run that needs each; files of runs and of events by their paths."""

    objects: Mapping[tuple[bytes, bytes], str]
    records: Collection[str]
    events: Collection[str]


def refetch(store: Store, lost: Lost, environ: Mapping[str, str], progress: Progress) -> Iterator[Repaired]:
    """Bring what a remote has of what is lost; one that cannot be asked is named."""
    if not any(lost):
        return
    top = os.path.dirname(store.layout.root)
    for name, url in remotes(store).items():
        try:
            with linked(store, name, parse(url, top), environ) as link:
                yield from _from(store, link, lost, progress)
        except MlrunError as error:
            yield Repaired(f"remote {name}", f"could not be asked: {error.message}")


def _from(store: Store, link: Link, lost: Lost, progress: Progress) -> Iterator[Repaired]:
    there = look(link, may_be_new=False)
    learn(link, there)
    roots = {key: Asked(0, "", False) for key in lost.objects if key[0] != RECORD}
    if roots and (came := bring(link, roots, Place(store, progress)).objects):
        yield Repaired(_ALL, f"{came} brought from {link.name}")
    if any(kind == RECORD for kind, _ in lost.objects) or lost.records or lost.events:
        files = [each for each in there.values() if names.is_records(each.name)]
        for name, data in fetched(link.remote, files, manifest.MOST_RECORDS):
            yield from _records(store, link.name, unpack(name, data), lost)


def _records(store: Store, remote: str, found: Contents, lost: Lost) -> Iterator[Repaired]:
    """Put what is wanted of a records file in its place; each record there is what its id says."""
    brought = f"brought from {remote}"
    with store.writer() as writer:
        for data in found.others:
            if (RECORD, record_digest(data)) in lost.objects:
                writer.add_record(data)
                yield Repaired(_ALL, f"record {record_digest(data).hex()} {brought}")
    with shared(store.layout.root):
        for run in found.runs:
            seal = record_id(run.seal).encode() + b"\n" + run.seal
            for path, data in ((f"runs/{run.run}/intent", run.intent), (f"runs/{run.run}/seal", seal)):
                if path in lost.records and not _is(f"{store.layout.root}/{path}", data):
                    put_back(store, path, data)
                    yield Repaired(path, brought)
        for data in found.events:
            path = f"events/{record_id(data)}"
            if path in lost.events and create(f"{store.layout.root}/{path}", data, tmp=store.layout.tmp):
                yield Repaired(path, brought)


def _is(path: str, data: bytes) -> bool:
    """Whether the file holds these bytes."""
    try:
        return read_plain(path) == data
    except OSError:
        return False
