"""Tags, notes and removals: folds over immutable events. Section 7 of ``docs/internals/store-format.md``."""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from runlore.records.canonical import Json, encode
from runlore.records.event import Event, decode_event, encode_event
from runlore.records.fields import MalformedRecordError
from runlore.records.hashing import ObjectId, keyed_proof, record_id
from runlore.store.durable import create, writing
from runlore.store.index import Index
from runlore.store.layout import Layout
from runlore.store.lock import shared
from runlore.store.reading import read_plain


class Head(NamedTuple):
    """Where a ref stands: its newest head, and the other heads if people moved it at the same time."""

    event: Event
    others: tuple[Event, ...]


class Author(NamedTuple):
    """Who acts, on which machine, and when (nanoseconds since 1970 UTC)."""

    name: str
    host: str
    at: int


class Refs:
    """The refs of a store."""

    def __init__(self, layout: Layout, index: Index) -> None:
        """Read every event that is there now."""
        self._layout = layout
        self._index = index
        index.refresh_events(layout.events, self._read)

    def tags(self) -> dict[str, Head]:
        """Every tag that names a run, by its name."""
        heads = _heads(self._index.events("tag/"))
        tags = {ref.removeprefix("tag/"): _newest(events) for ref, events in sorted(heads.items())}
        return {name: head for name, head in tags.items() if head.event.kind == "tag"}

    def notes(self, run: str) -> list[Event]:
        """The notes of a run, oldest first."""
        events = [decode_event(data) for _, data in self._index.events(f"notes/{run}")]
        return sorted((event for event in events if event.kind == "note"), key=lambda event: (event.at, event.nonce))

    def vendored(self, environment_id: str, *, key: bytes | None = None) -> tuple[Mapping[str, Json], ...]:
        """The distributions of an environment that were put into the store on request, as the newest event has them.

        With ``key``, that of the store, only what was put there here: whoever fills a remote can write such an event
        about any environment, and what it names would be executed.
        """
        events = [decode_event(data) for _, data in self._index.events(f"environment/{environment_id}")]
        found = [event for event in events if event.kind == "vendor"]
        if key is not None:
            found = [
                event for event in found if event.data.get("proof") == vendor_proof(event.ref, event.data["kept"], key)
            ]
        newest = max(found, key=lambda event: (event.at, event.nonce), default=None)
        return () if newest is None else tuple(newest.data["kept"])

    def about(self, prefix: str) -> list[Event]:
        """Every event about a ref that begins so, in no order."""
        return [decode_event(data) for _, data in self._index.events(prefix)]

    def removed(self) -> dict[str, Event]:
        """Every removed run, with the event that removed it."""
        heads = _heads(self._index.events("run/"))
        found = {}
        for ref, events in heads.items():
            removals = [event for _, event in events if event.kind == "remove"]
            if removals:
                found[ref.removeprefix("run/")] = removals[0]
        return found

    def removals(self) -> dict[str, tuple[str, ...]]:
        """Every removed run, with the ids of the heads that remove it."""
        heads = _heads(self._index.events("run/"))
        found = {ref: tuple(id_ for id_, event in events if event.kind == "remove") for ref, events in heads.items()}
        return {ref.removeprefix("run/"): ids for ref, ids in found.items() if ids}

    def own_removals(self, key: bytes) -> dict[str, tuple[str, ...]]:
        """`removals` that were said in this store, whose key that is, as far as they are heads."""
        heads = _heads(self._index.events("run/"))
        own = {ref: tuple(id_ for id_, event in events if _is_own_removal(event, key)) for ref, events in heads.items()}
        return {ref.removeprefix("run/"): ids for ref, ids in own.items() if ids}

    def remove(self, run: str, by: Author, key: bytes) -> Event:
        """Remove a run. ``key`` is that of the store: no other can say so in its name. Raises as `add`."""
        return self.add(f"run/{run}", "remove", {}, by, key=key)

    def add(self, ref: str, kind: str, data: dict[str, Json], by: Author, *, key: bytes | None = None) -> Event:
        """Move a ref on from where it stands; durable on return. With ``key`` it is proven who does.

        Raises:
            StoreWriteError: it could not be written; then nothing happened.
        """
        heads = _heads((id_, data_) for id_, data_ in self._index.events(ref) if decode_event(data_).ref == ref)
        parents = tuple(sorted(ObjectId(id_) for id_, _ in heads.get(ref, [])))
        nonce = os.urandom(16).hex()
        event = Event(
            ref=ref, kind=kind, data=data, parents=parents, author=by.name, host=by.host, at=by.at, nonce=nonce
        )
        if key is not None:
            event = event._replace(data={**data, "proof": _proof(event, key)})
        encoded = encode_event(event)
        with writing(f'"{self._layout.events}"'), shared(self._layout.root):
            create(f"{self._layout.events}/{record_id(encoded)}", encoded, tmp=self._layout.tmp)
        self._index.refresh_events(self._layout.events, self._read)
        return event

    def _read(self, name: str) -> tuple[str, bytes] | None:
        """Ref and bytes of the event in the file ``name``; ``None`` for what is no event: `fsck` reports it."""
        try:
            data = read_plain(f"{self._layout.events}/{name}")
            if record_id(data) != name:
                return None
            return decode_event(data).ref, data
        except (OSError, MalformedRecordError):
            return None


def _is_own_removal(event: Event, key: bytes) -> bool:
    return event.kind == "remove" and event.data.get("proof") == _proof(event, key)


def _proof(event: Event, key: bytes) -> str:
    """What only who has the key can say of an event; of no other, so that nobody can say it again later."""
    return keyed_proof(encode({"nonce": event.nonce, "parents": list(event.parents), "ref": event.ref}), key)


def vendor_proof(ref: str, kept: Json, key: bytes) -> str:
    """What only who has the key of the store can say beside what a vendor event names."""
    said = encode({"ref": ref, "kept": kept})
    return keyed_proof(said, key)


def _heads(rows: Iterable[tuple[str, bytes]]) -> dict[str, list[tuple[str, Event]]]:
    """For each ref its events that no other names as a parent."""
    events: dict[str, list[tuple[str, Event]]] = defaultdict(list)
    parents: set[str] = set()
    for id_, data in rows:
        event = decode_event(data)
        events[event.ref].append((id_, event))
        parents.update(event.parents)
    return {ref: [(id_, event) for id_, event in found if id_ not in parents] for ref, found in events.items()}


def _newest(heads: list[tuple[str, Event]]) -> Head:
    ordered = sorted(heads, key=lambda head: (head[1].at, head[0]), reverse=True)
    return Head(ordered[0][1], tuple(event for _, event in ordered[1:]))
