"""Nested values as flat parameters: ``{"model": {"layers": [64, 32]}}`` is ``model.layers.0``, ``model.layers.1``.

The value may come from a stranger's file, and shared parts can make it endless (``a: &a [*b, *b]``), so
all work is bounded.
"""

from collections.abc import Iterator
from typing import Any

from runlore.records.canonical import Json, Scalar, float_text

MAX_KEYS = 1000
MAX_DEPTH = 64
_MAX_TEXT = 1 << 20  # characters of all keys and values together
_MAX_INT_BITS = 2048  # fewer digits than Python's limit for printing, whatever that is set to


def flatten(value: Json) -> dict[str, Scalar]:
    """Every scalar in ``value`` by its dotted path, list items by index; the first 1,000 of them.

    Keys that are not strings become the strings JSON would write, dates ISO 8601, integers of more than
    2,048 bits hexadecimal text, an empty list or mapping ``[]`` or ``{}``. What is nested deeper than 64
    is left out. Of two values with one path the later counts.
    """
    return flatten_whole(value)[0]


def flatten_whole(value: Json) -> tuple[dict[str, Scalar], bool]:
    """As `flatten`, and whether that is the whole of ``value``."""
    found: dict[str, Scalar] = {}
    whole = True
    left = _MAX_TEXT
    levels = [_items("", value)]
    while levels:
        for key, item in levels[-1]:
            nested = isinstance(item, list | dict) and bool(item)
            scalar = None if nested else _scalar(item)
            left -= len(key) + (len(scalar) if isinstance(scalar, str) else 1)
            if left < 0 or len(found) == MAX_KEYS:
                return found, False
            if not nested:
                found[key] = scalar
            elif len(levels) < MAX_DEPTH:
                levels.append(_items(key + ".", item))
                break
            else:
                whole = False
        else:
            levels.pop()
    return found, whole


def _items(prefix: str, value: Json) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        return ((prefix + _text(key), item) for key, item in value.items())
    if isinstance(value, list):
        return ((f"{prefix}{index}", item) for index, item in enumerate(value))
    return iter(())


def _text(key: object) -> str:
    """A key as JSON would write it."""
    scalar = _scalar(key)
    if scalar is None or isinstance(scalar, bool):
        return {None: "null", True: "true", False: "false"}[scalar]
    return float_text(scalar) if isinstance(scalar, float) else str(scalar)


def _scalar(value: Any) -> Scalar:  # noqa: ANN401 - what the parsers give
    if isinstance(value, int) and value.bit_length() > _MAX_INT_BITS:
        return hex(value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list | dict):
        return "[]" if isinstance(value, list) else "{}"
    return str(value.isoformat())
