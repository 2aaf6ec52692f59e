"""Dates as people write them in a filter: ``2026-11-01``, ``yesterday``, ``2 days ago``. In local time."""

import re
import time
from datetime import datetime, timedelta

_SECOND = 1_000_000_000
_FAR = (1 << 63) - 2
"""What lies beyond, in the years 1677 and 2262, stands for then: nanoseconds of SQLite's integers end there."""
_AGO = re.compile(r"(\d{1,6}) ?(second|minute|hour|day|week|s|m|h|d|w)s?(?: ago)?", re.IGNORECASE | re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(:\d\d(?:\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)


def period(text: str, now: int) -> tuple[int, int] | None:
    """When a date begins and ends (nanoseconds since 1970 UTC): a day is a day long. ``None`` if it is no date."""
    word = text.strip().lower()
    if word in ("today", "yesterday"):
        midnight = datetime.fromtimestamp(now / _SECOND).replace(hour=0, minute=0, second=0, microsecond=0)  # noqa: DTZ006 - local time is what is meant
        day = midnight - timedelta(days=int(word == "yesterday"))
        return _at(day), _at(day + timedelta(days=1))
    if word == "now":
        return now, now
    if match := _AGO.fullmatch(word):
        at = _near(now - int(timedelta(**{_UNITS[match[2][0]]: int(match[1])}).total_seconds()) * _SECOND)
        return at, at
    match = _ISO.fullmatch(text.strip().upper())
    if match is None:
        return None
    try:
        found = datetime.fromisoformat(match[0])
    except ValueError:
        return None
    length = (
        timedelta(seconds=1)
        if match[1]
        else timedelta(minutes=1)
        if len(match[0]) > len("2026-11-01")
        else timedelta(days=1)
    )
    return _at(found), _after(found, length)


def seconds(text: str) -> float | None:
    """``90``, ``90s``, ``1.5h`` as seconds; ``None`` if it is no length of time."""
    match = re.fullmatch(r"(\d+(?:\.\d*)?|\.\d+)\s*([smhdw]?)", text.strip().lower(), re.ASCII)
    if match is None:
        return None
    return float(match[1]) * timedelta(**{_UNITS[match[2] or "s"]: 1}).total_seconds()


def _after(moment: datetime, length: timedelta) -> int:
    try:
        return _at(moment + length)
    except OverflowError:  # the calendar ends with the year 9999
        return _FAR


def _at(moment: datetime) -> int:
    if moment.tzinfo is not None:
        return _near(round(moment.timestamp() * 1_000_000) * 1000)
    whole = int(time.mktime(moment.timetuple()))
    return _near(whole * _SECOND + moment.microsecond * 1000)


def _near(at: int) -> int:
    return max(-_FAR, min(at, _FAR))
