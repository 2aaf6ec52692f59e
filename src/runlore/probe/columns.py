"""Samples as columns: what `samples` was given, as entries of the journal that are not too long for one write."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_BYTES = 1 << 16  # of an entry
_ODD = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_PROBE_ROWS = 64  # the length of the first ones says how many fit


def samples_entries(split: object, columns: dict[str, object]) -> Iterator[str]:
    """Entries of kind ``samples``. The first column says how many rows there are; a single value stands for all.

    Raises:
        TypeError, ValueError: a column is no column, or of another length.
    """
    if columns["id"] is None:
        raise TypeError("samples need ids")
    lists = {name: _values(column) for name, column in columns.items() if column is not None}
    name, first = next(iter(lists.items()))
    if first is None:
        raise TypeError(f"{name!r} is one value, not one for each sample")
    rows = len(first)
    for name, values in lists.items():
        if values is not None and len(values) != rows:
            raise ValueError(f"{name!r} has {len(values)} values for {rows} samples")
    whole = {name: [_plain(columns[name])] * rows if values is None else values for name, values in lists.items()}
    head = '{"kind":"samples","split":' + json.dumps(None if split is None else str(split)) + ',"columns":'
    at, some = 0, _PROBE_ROWS
    while at < rows:
        text = _json({name: values[at : at + some] for name, values in whole.items()})
        fits = max(1, int(some * 0.9 * _MOST_BYTES / len(text)))
        if len(text) > _MOST_BYTES and some > 1:
            some = min(fits, some - 1)
            continue
        yield head + text + "}"
        at += some
        some = fits


def _values(column: object) -> list[object] | None:
    """The column as a list; ``None`` if it is a single value."""
    if isinstance(column, (str, bytes, bytearray, dict)):
        return None
    for name in ("tolist", "to_list", "to_pylist"):  # numpy, pandas, torch, array; polars; pyarrow
        convert = getattr(column, name, None)
        if convert is not None:
            values = convert()
            return values if isinstance(values, list) else None
    if hasattr(column, "__array__"):
        values = column.__array__().tolist()
        return values if isinstance(values, list) else None
    return list(column) if hasattr(column, "__iter__") else None


def _json(columns: dict[str, list[object]]) -> str:
    try:
        return json.dumps(columns, separators=(",", ":"), default=_plain, allow_nan=False)
    except ValueError:  # there are NaN or infinities among them
        return json.dumps(_finite(columns), separators=(",", ":"), default=_plain)


def _finite(value: object) -> object:
    """``value`` with NaN and infinities as strings."""
    if isinstance(value, float):
        return value if value - value == 0 else _ODD[float.__repr__(value)]
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def _plain(value: object) -> object:
    """One value of a sample as JSON can write it: numbers as numbers, all else as text."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return _finite(value)
    for name in ("item", "tolist", "isoformat"):
        convert = getattr(value, name, None)
        if convert is not None:
            try:
                plain = convert()
            except (TypeError, ValueError, RuntimeError):
                continue
            return _finite(plain) if isinstance(plain, (bool, int, float, str, list)) else str(plain)
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8", "surrogateescape")
    return _finite(list(value)) if isinstance(value, (set, frozenset)) else str(value)
