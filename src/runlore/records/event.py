"""An event: somebody named, annotated, removed or restored a run. Refs are folds over events."""

from collections.abc import Mapping
from typing import NamedTuple

from runlore.records.canonical import Json, decode, encode
from runlore.records.fields import MalformedRecordError, expect, known, to_json
from runlore.records.hashing import ObjectId

SCHEMA = "event/1"


class Event(NamedTuple):
    """One step in the history of a ref.

    ``ref`` is what it is about: ``tag/NAME``, ``notes/RUN`` or ``run/RUN``. ``kind`` is ``tag``,
    ``untag``, ``note``, ``remove`` or ``restore``; ``data`` what the kind needs (``run``, ``text``).
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


def encode_event(event: Event) -> bytes:
    """The canonical bytes of the record."""
    return encode({"schema": SCHEMA, **to_json(event)})


def decode_event(data: bytes) -> Event:
    """The event in these bytes.

    Raises:
        MalformedRecordError: they are not an event.
    """
    try:
        found = known(Event, expect(decode(data), SCHEMA))
        found["parents"] = tuple(found["parents"])
        return Event(**found)
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise MalformedRecordError(f"not a readable {SCHEMA} record: {error}") from error
