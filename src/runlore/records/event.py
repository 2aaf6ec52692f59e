"""An event: somebody named, annotated, removed or restored a run. Refs are folds over events."""

from collections.abc import Mapping
from typing import NamedTuple

from runlore.records.canonical import Json, encode
from runlore.records.fields import MalformedRecordError, read, to_json
from runlore.records.hashing import ObjectId
from runlore.records.run import KEPT
from runlore.records.shapes import Shape, array, characters, count, identifier, structure, text

SCHEMA = "event/1"


class Event(NamedTuple):
    """One step in the history of a ref.

    ``ref`` is what it is about: ``tag/NAME``, ``notes/RUN``, ``run/RUN`` or ``environment/ID``. ``kind`` is ``tag``,
    ``untag``, ``note``, ``remove``, ``restore`` or ``vendor``; ``data`` what the kind needs (``run``, ``text``,
    ``kept``).
    ``parents`` are the heads of that ref this event was made on top of: two heads are a conflict
    that the next event settles. ``at`` is nanoseconds since 1970 UTC.
    """

    ref: str
    kind: str
    data: Mapping[str, Json]
    parents: tuple[ObjectId, ...]
    author: str
    host: str
    at: int
    nonce: str


_SHAPES: Mapping[str, Shape] = {
    "ref": characters,
    "kind": text,
    "data": structure({}),
    "parents": array(identifier),
    **dict.fromkeys(("author", "host", "nonce"), text),
    "at": count,
}
_DATA: Mapping[str, Shape] = {
    **dict.fromkeys(("tag", "untag"), structure({"run": identifier}, needed=["run"])),
    "note": structure({"text": text}, needed=["text"]),
    "vendor": structure({"kept": KEPT}, needed=["kept"]),
}
"""What each kind of event says; those of a newer mlrun may say anything."""


def encode_event(event: Event) -> bytes:
    """The canonical bytes of the record."""
    return encode({"schema": SCHEMA, **to_json(event)})


def decode_event(data: bytes) -> Event:
    """The event in these bytes.

    Raises:
        MalformedRecordError: they are not an event.
    """
    found = read(data, SCHEMA, Event, _SHAPES)
    if (shape := _DATA.get(found["kind"])) is not None and not shape(found["data"]):
        raise MalformedRecordError(f'this is no {SCHEMA} record: "data" is not what it must be')
    return Event(**{**found, "parents": tuple(found["parents"])})
