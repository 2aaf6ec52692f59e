"""What goes into an entry of the journal, as JSON text: names, numbers, parameters. `json` is not needed for most."""

from __future__ import annotations

from time import time_ns

from .interruption import is_the_scripts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_ODD = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}
_MOST_NAMES = 10_000  # kept as JSON text; a program may make up a new one with every step
_MOST_VALUES = 500  # of one log entry, which keeps it below 64 KiB for names of usual length
_WHOLE = 1 << 63  # beyond it a whole number is written as the nearest float
_names: dict[str, str] = {}


def quoted(text: str) -> str:
    """``text`` as ASCII JSON; a byte of a path that is not UTF-8 stays the lone surrogate it is."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return '"' + text + '"'
    import json  # noqa: PLC0415 - costs more than all else here, and names are hardly ever so

    return json.dumps(text)


def pair(name: object, number: str) -> str:
    """``"name":number``, as it stands in an object."""
    if type(name) is not str:
        name = str(name)
    try:
        return _names[name] + number
    except KeyError:
        if len(_names) >= _MOST_NAMES:
            _names.clear()
        _names[name] = quoted(name) + ":"
        return _names[name] + number


def number(value: object) -> str | None:
    """A number as JSON: NaN and infinities as strings, True as 1; of an array or tensor the one that it holds.

    ``None`` if it is no number, or more than one.
    """
    if type(value) is not float:
        try:
            value = _plain_number(value)
        except Exception as error:  # whatever a type of somebody else's raises
            if is_the_scripts(error):
                raise
            return None
    text = float.__repr__(value) if isinstance(value, float) else int.__repr__(value)
    return _ODD.get(text, text)


def _plain_number(value: Any) -> float | int:  # noqa: ANN401 - whatever it is
    item = getattr(value, "item", None)
    if item is not None:
        value = item()  # numpy, torch, jax and whatever follows them
    if isinstance(value, float):
        return value
    if isinstance(value, int) and -_WHOLE < value < _WHOLE:
        return int(value)
    if isinstance(value, (str, bytes, bytearray)):
        raise TypeError  # float() would read them
    return float(value)  # a Decimal, a Fraction, whatever knows how


def step_of(step: object) -> str | None:
    """A step as JSON: a whole number, or ``null`` for ``None``. ``None`` if it is none."""
    if step is None:
        return "null"
    try:
        whole = _plain_number(step)
        return str(int(whole)) if whole == int(whole) else None
    except Exception as error:
        if is_the_scripts(error):
            raise
        return None


def dotted(values: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """The values by name, those of nested mappings by dotted names."""
    found: dict[str, object] = {}
    for name, value in list(values.items()):
        if isinstance(value, dict):
            found.update(dotted(value, f"{prefix}{name}."))
        else:
            found[f"{prefix}{name}" if prefix else name] = value
    return found


def log_entries(pairs: list[str], step: str, origin: str = "") -> list[str]:
    """Entries of kind ``log``: more than one where there are very many values. ``origin`` is `origin_of` a library."""
    head = f'{{"kind":"log","at":{time_ns()},"step":{step},"values":{{'
    if len(pairs) <= _MOST_VALUES:
        return [head + ",".join(pairs) + "}" + origin + "}"]
    parts = [pairs[at : at + _MOST_VALUES] for at in range(0, len(pairs), _MOST_VALUES)]
    return [head + ",".join(part) + "}" + origin + "}" for part in parts]


def origin_of(source: str, run: object) -> str:
    """The end of an entry that was copied from what a script tells a library, about the library's own ``run``."""
    return f',"source":"{source}"' + ("" if run is None else f',"run":{quoted(str(run))}')


def warning_entry(code: str, message: str) -> str:
    """An entry of kind ``warning``."""
    return f'{{"kind":"warning","code":"{code}","message":{quoted(message)}}}'
