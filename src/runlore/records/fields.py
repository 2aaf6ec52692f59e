"""Records to JSON values and back: what every record shares.

Records are `typing.NamedTuple`s: a frozen dataclass costs 0.4 ms of start-up each, four times as much,
and `exec` needs thirty of them.
"""

import functools
import re
from collections.abc import Mapping
from typing import Any

from runlore.records.canonical import Json, decode
from runlore.records.shapes import Shape, array, structure

_VERSION = re.compile("[1-9][0-9]{0,19}")


class MalformedRecordError(ValueError):
    """Bytes that are not the record they should be; what they came from is corrupt or newer than we are."""


class NewerSchemaError(MalformedRecordError):
    """A record of the right kind, in a version above the one we know."""


def to_json(value: Any) -> Json:  # noqa: ANN401 - any record, or what a record holds
    """``value`` with every record in it as an object of its fields."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: to_json(item) for name, item in zip(value._fields, value, strict=True)}
    if isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return value


def read(data: bytes, schema: str, kind: type, shapes: Mapping[str, Shape]) -> dict[str, Json]:
    """The fields of the record ``kind`` in these bytes, each of the shape it must have.

    Raises:
        NewerSchemaError: they are one of a later version.
        MalformedRecordError: they are not such a record; says what is wrong in words for a person.
    """
    try:
        found = decode(data)
    except RecursionError as error:
        raise MalformedRecordError(f"this is no {schema} record: it is nested too deep") from error
    except ValueError as error:
        raise MalformedRecordError(f"this is no {schema} record: it is not JSON") from error
    if not isinstance(found, dict) or found.get("schema") != schema:
        if isinstance(found, dict) and is_newer(found.get("schema"), schema):
            raise NewerSchemaError(f"a newer mlrun wrote it, as {found['schema']}; this one knows {schema}")
        raise MalformedRecordError(f"this is no {schema} record")
    fields = known(kind, found)
    optional: Mapping[str, Json] = kind._field_defaults  # type: ignore[attr-defined]  # of every NamedTuple
    for name, shape in shapes.items():
        if name not in fields:
            if name not in optional:
                raise MalformedRecordError(f'this is no {schema} record: "{name}" is missing')
        elif not shape(fields[name]):
            raise MalformedRecordError(f'this is no {schema} record: "{name}" is not what it must be')
    return fields


def is_newer(found: Json, known_schema: str) -> bool:
    """Whether ``found`` names the same kind of record in a later version."""
    kind, _, version = found.partition("/") if isinstance(found, str) else ("", "", "")
    known_kind, _, known_version = known_schema.partition("/")
    return kind == known_kind and _VERSION.fullmatch(version) is not None and int(version) > int(known_version)


def records(kind: type, shapes: Mapping[str, Shape]) -> Shape:
    """A list of records within a record."""
    optional: Mapping[str, Json] = kind._field_defaults  # type: ignore[attr-defined]  # of every NamedTuple
    return array(structure(shapes, needed=[name for name in shapes if name not in optional]))


def known(kind: type, data: Mapping[str, Json]) -> dict[str, Json]:
    """The part of ``data`` that are fields of the record ``kind``; a newer mlrun may have added others."""
    names = _names(kind)
    return {key: item for key, item in data.items() if key in names}


@functools.cache
def _names(kind: type) -> frozenset[str]:
    fields: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]  # of every NamedTuple
    return frozenset(fields)
