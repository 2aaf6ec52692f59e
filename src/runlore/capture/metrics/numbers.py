"""What counts as a number in files that others wrote."""

import math
import re

# Of bounded length: nobody writes a double with more digits than this.
_TEXT = re.compile(
    r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,9})?|[+-]?(?:nan|inf|infinity)",
    re.IGNORECASE | re.ASCII,
)
_EXACT = 1 << 53


def number(value: object) -> float | None:
    """A decoded number as a double, beyond its range an infinity; ``None`` for anything else, truth values too."""
    if isinstance(value, float):
        return value
    if type(value) is not int:
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def number_in(text: str) -> float | None:
    """The number that ``text`` spells, ``None`` if it spells none."""
    text = text.strip()
    return float(text) if _TEXT.fullmatch(text) else None


def whole(value: float | None) -> int | None:
    """A step that was written as a number, ``None`` if it is none."""
    return int(value) if value is not None and value.is_integer() and abs(value) <= _EXACT else None
