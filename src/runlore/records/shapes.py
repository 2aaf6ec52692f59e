"""What the values in a record may be. A stranger may have made it: what passes here can be shown and sorted as it is.

A shape is a function that says whether a decoded JSON value has it.
"""

from collections.abc import Callable, Collection, Mapping

from runlore.records.canonical import Json
from runlore.records.hashing import is_id

Shape = Callable[[Json], bool]

_MOST = 1 << 63
"""What SQLite and the clocks of the system can hold is smaller."""
_DEEPEST = 8


def text(value: Json) -> bool:
    """A string."""
    return isinstance(value, str)


def label(value: Json) -> bool:
    """A string that could be an argument or a file name: its lone surrogates stand for bytes (PEP 383)."""
    return isinstance(value, str) and (value.isascii() or _has_bytes(value, "surrogateescape"))


def characters(value: Json) -> bool:
    """A string without lone surrogates."""
    return isinstance(value, str) and (value.isascii() or _has_bytes(value, "strict"))


def identifier(value: Json) -> bool:
    """The id of an object."""
    return isinstance(value, str) and is_id(value)


def count(value: Json) -> bool:
    """A whole number that is not negative: a size, a time."""
    return type(value) is int and 0 <= value < _MOST


def amount(value: Json) -> bool:
    """A finite number."""
    return type(value) in (int, float) and -_MOST < value < _MOST


def number(value: Json) -> bool:
    """Any number, NaN and the infinities too."""
    return isinstance(value, float) or amount(value)


def flag(value: Json) -> bool:
    """A truth value."""
    return isinstance(value, bool)


def scalar(value: Json) -> bool:
    """Text, a number, a truth value or null."""
    return value is None or isinstance(value, str | int | float)


def one_of(*values: str) -> Shape:
    """One of these strings."""
    return lambda value: isinstance(value, str) and value in values


def maybe(shape: Shape) -> Shape:
    """Null, or of that shape."""
    return lambda value: value is None or shape(value)


def array(shape: Shape) -> Shape:
    """A list of that shape."""
    return lambda value: isinstance(value, list) and all(map(shape, value))


def table(shape: Shape) -> Shape:
    """An object in which every value has that shape."""
    return lambda value: isinstance(value, dict) and all(map(shape, value.values()))


def structure(shapes: Mapping[str, Shape], *, needed: Collection[str] = ()) -> Shape:
    """An object in which those fields have those shapes, and the needed ones are there; others may be anything flat."""
    must = frozenset(needed)
    names, items = shapes.keys(), tuple(shapes.items())

    def fits(value: Json) -> bool:
        # A loop: with two generators it takes twice as long, and a list of runs looks at every record.
        if not isinstance(value, dict) or not value.keys() >= must:
            return False
        for key, shape in items:
            if key in value and not shape(value[key]):
                return False
        return value.keys() <= names or _is_shallow(value, _DEEPEST)

    return fits


def _is_shallow(value: Json, levels: int) -> bool:
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return True
    return levels > 0 and all(_is_shallow(each, levels - 1) for each in value)


def _has_bytes(value: str, errors: str) -> bool:
    try:
        value.encode("utf-8", errors)
    except UnicodeEncodeError:
        return False
    return True
