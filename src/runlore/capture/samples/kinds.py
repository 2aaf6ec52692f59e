"""What the values of a column are, seen batch by batch."""

from collections.abc import Collection, Iterable, Sequence
from itertools import chain

from runlore.records.canonical import Json
from runlore.records.samples import BOOLEAN, INTEGER, INTEGERS, NUMBER, NUMBERS, TABLE, TEXT, TEXTS

_ODD = frozenset(("NaN", "Infinity", "-Infinity"))
"""Numbers that JSON lacks, as the journal has them."""
_WHOLE = 1 << 63
_ODD_KIND, _BIG, _NULL, _EMPTY, _OTHER = "odd", "big", "null", "empty", "other"
_PLAIN = {bool: BOOLEAN, int: INTEGER, float: NUMBER, str: TEXT, type(None): _NULL}
_LISTS = {INTEGER: INTEGERS, NUMBER: NUMBERS, _ODD_KIND: NUMBERS, TEXT: TEXTS, BOOLEAN: INTEGERS}


def kinds_of(values: Sequence[Json]) -> set[str]:
    """What there is among the values; to be united with what there was in earlier batches."""
    types = set(map(type, values))
    found = {_PLAIN[each] for each in types & _PLAIN.keys()}
    if int in types and not _fit(value for value in values if type(value) is int):
        found.add(_BIG)
    if str in types and not _ODD.isdisjoint(texts := {value for value in values if isinstance(value, str)}):
        found.add(_ODD_KIND)
        found -= {TEXT} if texts <= _ODD else set()
    if list in types:
        found |= _in_lists([value for value in values if isinstance(value, list)])
    if dict in types:
        tables = [value.values() for value in values if isinstance(value, dict)]
        found.add(TABLE if kinds_of(list(chain.from_iterable(tables))) <= {INTEGER, NUMBER, _ODD_KIND} else _OTHER)
    return found


def type_of(kinds: Collection[str]) -> tuple[str, bool]:
    """The type of a column in which there is all this, and whether its values are of one kind: else it holds text."""
    seen = set(kinds) - {_NULL}
    if not seen or seen <= {TEXT, _ODD_KIND}:
        return (NUMBER if seen == {_ODD_KIND} else TEXT), True
    for known, allowed in _COLUMNS:
        if seen <= allowed:
            return known, True
    return TEXT, seen <= {INTEGER, _BIG}


def _in_lists(lists: list[list[Json]]) -> set[str]:
    inside = kinds_of(list(chain.from_iterable(lists)))
    if not inside:
        return {_EMPTY}
    return {_LISTS.get(each, _OTHER) for each in inside}


def _fit(values: Iterable[int]) -> bool:
    return all(-_WHOLE <= value < _WHOLE for value in values)


_COLUMNS = (
    (BOOLEAN, {BOOLEAN}),
    (INTEGER, {BOOLEAN, INTEGER}),
    (NUMBER, {BOOLEAN, INTEGER, NUMBER, _ODD_KIND}),
    (INTEGERS, {INTEGERS, _EMPTY}),
    (NUMBERS, {INTEGERS, NUMBERS, _EMPTY}),
    (TEXTS, {TEXTS, _EMPTY}),
    (TABLE, {TABLE}),
)
"""Of each type what may be in a column besides null; the first that fits."""
