"""Canonical JSON: one value, one sequence of bytes.

Sorted keys, no spaces, ASCII only. Bytes that are not UTF-8 (file names, arguments) travel as lone
surrogates U+DC80..U+DCFF (PEP 383). A float is the object ``{"$float": "0.1"}`` with the shortest
string that reads back as the same double, so that no reader's own number formatting can change an
id. Keys that begin with ``$`` are written with one more ``$``. The whole of it is specified in
``docs/internals/store-format.md``.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

Scalar = str | int | float | bool | None
Json = Any
"""A decoded JSON value: ``None``, ``bool``, ``int``, ``float``, ``str``, ``list`` or ``dict``."""

_FLOAT = "$float"


def encode(value: Json) -> bytes:
    """The canonical bytes of ``value``; mappings and tuples are taken as objects and arrays.

    Raises:
        TypeError: a value or key that canonical JSON cannot hold.
    """
    return json.dumps(_lower(value), ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False).encode(
        "ascii"
    )


def decode(data: bytes) -> Json:
    """The value whose canonical bytes are ``data``.

    Raises:
        ValueError: not JSON, or a ``$float`` that is no number.
    """
    odd = data.count(b'"$')
    if not odd:
        return json.loads(data.decode("utf-8"))
    if odd == data.count(b'{"$float":"'):  # no other key or text begins like that
        return _FLOATS_ALONE.decode(data.decode("utf-8"))
    return json.loads(data, object_hook=_raise_object)


def float_text(value: float) -> str:
    """The shortest decimal that reads back as ``value``; ``nan``, ``inf`` and ``-inf`` by name."""
    return repr(value) if math.isfinite(value) else str(value)


def _lower(value: Json) -> Json:
    """``value`` with every float and every ``$`` key in the form that is written."""
    if value is None or isinstance(value, str | int):  # bool is an int
        return value
    if isinstance(value, float):
        return {_FLOAT: float_text(value)}
    if isinstance(value, Mapping):
        return {_lower_key(key): _lower(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_lower(item) for item in value]
    raise TypeError(f"canonical JSON has no form for {type(value).__name__}")


def _lower_key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"canonical JSON keys are strings, not {type(key).__name__}")
    return "$" + key if key.startswith("$") else key


def _raise_float(value: dict[str, Json]) -> Json:
    """`_raise_object` where only floats are written in a form of their own."""
    # Another spelling of the key, as "\\u0024float", may name anything.
    return float(text) if len(value) == 1 and isinstance(text := value.get(_FLOAT), str) else value


_FLOATS_ALONE = json.JSONDecoder(object_hook=_raise_float)


def _raise_object(value: dict[str, Json]) -> Json:
    """Undo `_lower` for one object."""
    if len(value) == 1 and isinstance(text := value.get(_FLOAT), str):
        return float(text)
    return {key.removeprefix("$"): item for key, item in value.items()}
