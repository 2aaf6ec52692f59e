"""Records to JSON values and back: what every record shares.

Records are `typing.NamedTuple`s: a frozen dataclass costs 0.4 ms of start-up each, four times as much,
and `exec` needs thirty of them.
"""

from collections.abc import Mapping
from typing import Any

from runlore.records.canonical import Json


class MalformedRecordError(ValueError):
    """Bytes that are not the record they should be; what they came from is corrupt or newer than we are."""


def to_json(value: Any) -> Json:  # noqa: ANN401 - any record, or what a record holds
    """``value`` with every record in it as an object of its fields."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: to_json(item) for name, item in zip(value._fields, value, strict=True)}
    if isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def expect(data: Json, schema: str) -> dict[str, Json]:
    """``data`` if it is an object of this schema.

    Raises:
        MalformedRecordError: it is something else.
    """
    if not isinstance(data, dict) or data.get("schema") != schema:
        raise MalformedRecordError(f"not a {schema} record")
    return data


def known(kind: type, data: Mapping[str, Json]) -> dict[str, Json]:
    """The part of ``data`` that are fields of the record ``kind``; a newer mlrun may have added others."""
    names: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]  # of every NamedTuple
    return {key: item for key, item in data.items() if key in names}
