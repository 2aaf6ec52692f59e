"""Numbers with units, short enough to read at a glance."""

import math
import time

from runlore.records.canonical import Json

_SECOND = 1_000_000_000
_SIZES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_STEP = 1024
_ONE_DIGIT = 9.95  # rounds to 10 from here on
_EXACT_DIGITS = 10
_SHOW_MILLISECONDS = 0.0995
_MINUTE, _HOUR, _DAY, _MONTH, _YEAR = 60, 3600, 86_400, 2_629_800, 31_557_600


def size(count: int) -> str:
    """Bytes in binary units: ``512 B``, ``1.4 KiB``, ``62 KiB``."""
    amount, unit = float(count), 0
    while amount >= _STEP and unit < len(_SIZES) - 1:
        amount, unit = amount / _STEP, unit + 1
    digits = 1 if unit and amount < _ONE_DIGIT else 0
    return f"{amount:.{digits}f} {_SIZES[unit]}"


def duration(seconds: float) -> str:
    """``42 ms``, ``0.31 s``, ``2.1 s``, ``3 min 05 s``, ``2 h 05 min``, ``3 d 04 h``."""
    if seconds < _SHOW_MILLISECONDS:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 1:
        return f"{min(seconds, 0.99):.2f} s"
    if seconds < _MINUTE:
        return f"{min(seconds, 59.9):.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR:02d} h"


def brief_duration(seconds: float) -> str:
    """The same for a column of a table: ``2.1s``, ``3m05s``, ``2h05m``."""
    return duration(seconds).replace("min", "m").replace(" ", "")


def age(then: int, now: int) -> str:
    """How long ago, in one unit: ``12 s``, ``3 min``, ``2 h``, ``5 d``, ``3 mo``, ``2 y``; times in nanoseconds."""
    seconds = max(0, now - then) // _SECOND
    for limit, unit, name in (
        (_MINUTE, 1, "s"),
        (_HOUR, _MINUTE, "min"),
        (_DAY, _HOUR, "h"),
        (2 * _MONTH, _DAY, "d"),
        (2 * _YEAR, _MONTH, "mo"),
    ):
        if seconds < limit:
            return f"{seconds // unit} {name}"
    return f"{seconds // _YEAR} y"


def local_time(at: int, *, seconds: bool = False) -> str:
    """Nanoseconds since 1970 UTC on the local clock: ``2026-11-23 12:48``."""
    return time.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M", time.localtime(at // _SECOND))


def scalar(value: Json) -> str:
    """A parameter or metric as a person writes it: ``true``, ``null``, ``0.1``, text as it is."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number(value)
    return str(value)


def number(value: float) -> str:
    """A number at full precision where that is short, else to six significant digits."""
    if isinstance(value, int) or not math.isfinite(value):
        return str(value)
    exact = repr(value)
    return exact if len(exact) <= _EXACT_DIGITS else f"{value:.6g}"
