"""Two nested values side by side, without recursion and however they are shared or nested."""

import re
from collections.abc import Iterator, Mapping, Sequence

from runlore.insight.compare.content import Part, UnreadableError, first_difference
from runlore.insight.compare.look import Look, below, shown
from runlore.insight.compare.nodes import Array, Bag, Made, Map, Name, Stored
from runlore.insight.compare.numbers import compare_arrays
from runlore.insight.volatile import are_moments, is_timing

_SIZE_BITS = 64
Pair = tuple[object, object, str]
"""Two values and their place."""
_SIMPLE = (str, bytes, int, float, type(None), Name)
_SEARCH_TIMES = re.compile(r"\bcv_results_\.(?:mean|std)_(?:fit|score)_time$")
"""Those of scikit-learn's searches are the arrays that hold times and no data."""


def compare_values(a: object, b: object, look: Look, place: str, *, are_data: bool = False) -> None:
    """Write into ``look`` how the values differ.

    What says by its name how long something took, or when it was, is passed over and counted, unless the values
    ``are_data``: no run repeats it.

    Numbers are compared as numbers, whether they are whole or not; truth and text must be equal, lists and
    tuples item by item, mappings by key, sets as sets.
    """
    _Walk(look, are_data=are_data).all(a, b, place)


class _Walk:
    """Pairs that are still to be compared. Each pair of containers is looked at once: they may be shared."""

    def __init__(self, look: Look, *, are_data: bool) -> None:
        self._look, self._are_data = look, are_data
        self._seen: set[tuple[int, int]] = set()

    def all(self, a: object, b: object, place: str) -> None:
        """Compare the values and all that is in them, in order."""
        levels: list[Iterator[Pair]] = [iter([(a, b, place)])]
        while levels:
            pair = next(levels[-1], None)
            if pair is None:
                levels.pop()
                continue
            self._look.budget.value()
            inner = self._one(*pair)
            if inner is not None:
                levels.append(inner)

    def _one(self, a: object, b: object, place: str) -> Iterator[Pair] | None:
        """Compare two values; what is inside them, if that must be looked at."""
        if isinstance(a, _SIMPLE) or isinstance(b, _SIMPLE):
            self._scalar(a, b, place)
        elif type(a) is not type(b):
            self._look.differ(place, f"{_kind(a)} and {_kind(b)}")
        elif isinstance(a, Array | Part):
            self._elsewhere(a, b, place)
        elif (id(a), id(b)) not in self._seen:
            self._seen.add((id(a), id(b)))
            return self._inside(a, b, place)
        return None

    def _inside(self, a: object, b: object, place: str) -> Iterator[Pair] | None:
        """What is in two containers of one kind."""
        match a, b:
            case (Made(), Made()):
                if a.array is None or b.array is None:
                    return _made(a, b, place)
                self._arrays(a.array, b.array, place)
            case (Stored(), Stored()):
                if a.array is None or b.array is None:
                    raise UnreadableError("it names what lies elsewhere")
                compare_arrays(a.array, b.array, self._look, place)
            case (Map(), Map()):
                return self._pairs(a.pairs, b.pairs, place)
            case (dict(), dict()):
                return self._keys(a, b, place)
            case (Bag(), Bag()):
                return self._bags(a, b, place)
            case (list() | tuple(), list() | tuple()):
                return self._items(a, b, place)
            case _ if a != b:  # dates
                self._look.differ(place, f"{str(a)[:40]} and {str(b)[:40]}")
        return None

    def _scalar(self, a: object, b: object, place: str) -> None:
        if isinstance(a, bool) or isinstance(b, bool):
            same = a is b
        elif isinstance(a, int | float) and isinstance(b, int | float):
            if a == b or self._are_data or not is_timing(place):
                self._look.number(place, a, b)
            else:
                self._look.pass_over(place)
            return
        else:
            same = type(a) is type(b) and a == b
        if not same and isinstance(a, str) and isinstance(b, str) and not self._are_data and are_moments(place, a, b):
            self._look.pass_over(place)
        elif not same:
            self._look.differ(place, f"{shown(a)} and {shown(b)}")

    def _arrays(self, a: Array, b: Array, place: str) -> None:
        look = self._look.child()
        compare_arrays(a, b, look, place)
        if look.unequal and not look.differences and not self._are_data and _SEARCH_TIMES.search(place):
            self._look.pass_over(place)
        else:
            self._look.adopt(look)

    def _elsewhere(self, a: object, b: object, place: str) -> None:
        match a, b:
            case (Array(), Array()):
                compare_arrays(a, b, self._look, place)
            case (Part(), Part()) if first_difference(a, b) is None:
                pass
            case _:
                self._look.differ(place, "bytes differ")

    def _items(self, a: Sequence[object], b: Sequence[object], place: str) -> Iterator[Pair] | None:
        if len(a) != len(b):
            self._look.differ(place, f"{len(a):,} and {len(b):,} items")
            return None
        return ((x, y, below(place, index)) for index, (x, y) in enumerate(zip(a, b, strict=True)))

    def _keys(self, a: Mapping[object, object], b: Mapping[object, object], place: str) -> Iterator[Pair]:
        for key in b:
            if key not in a:
                self._look.differ(below(place, key), "only in the second")
        for key, value in a.items():
            if key in b:
                yield value, b[key], below(place, key)
            else:
                self._look.differ(below(place, key), "only in the first")

    def _pairs(
        self, a: Sequence[tuple[object, object]], b: Sequence[tuple[object, object]], place: str
    ) -> Iterator[Pair] | None:
        self._look.budget.value(len(a) + len(b))
        x, y = _by_key(a), _by_key(b)
        if x is not None and y is not None:
            return self._keys(x, y, place)
        if len(a) != len(b):
            self._look.differ(place, f"{len(a):,} and {len(b):,} entries")
            return None
        return (
            each
            for (key, value), (other, second) in zip(a, b, strict=True)
            for each in ((key, other, below(place, "key")), (value, second, below(place, "value")))
        )

    def _bags(self, a: Bag, b: Bag, place: str) -> Iterator[Pair] | None:
        self._look.budget.value(len(a.items) + len(b.items))
        x, y = ({_plain(item) for item in each.items} for each in (a, b))
        if None in x or None in y:  # nested ones: their order is all we have
            return self._items(a.items, b.items, place)
        if x != y or a.frozen != b.frozen:
            self._look.differ(place, "sets with other members")
        return None


def _made(a: Made, b: Made, place: str) -> Iterator[Pair]:
    if len(a.call) == len(b.call):
        for x, y in zip(a.call, b.call, strict=True):
            if type(x) is tuple and type(y) is tuple and len(x) == len(y):
                yield from ((*_exact(p, q), place) for p, q in zip(x, y, strict=True))
            else:
                yield x, y, place
    else:
        yield a.call, b.call, place
    yield a.state, b.state, place
    yield a.items, b.items, place
    yield a.pairs, b.pairs, place


def _exact(a: object, b: object) -> tuple[object, object]:
    """Two arguments of a call; whole numbers are sizes and places there, which no tolerance covers: as text."""
    return (str(a), str(b)) if _is_size(a) and _is_size(b) and a != b else (a, b)


def _is_size(value: object) -> bool:
    if type(value) is tuple:
        return bool(value) and all(type(each) is int and each.bit_length() < _SIZE_BITS for each in value)
    return type(value) is int and value.bit_length() < _SIZE_BITS


class _Key(tuple[str, object]):
    """A plain key with its type: 1, True and "1" are different keys."""

    __slots__ = ()

    def __str__(self) -> str:
        return str(self[1])


def _plain(value: object) -> _Key | None:
    """The value as something that can be looked up without following it any deeper."""
    if isinstance(value, _SIMPLE):
        return _Key((type(value).__name__, value))
    if type(value) is tuple and all(isinstance(item, _SIMPLE) for item in value):
        return _Key(("tuple", value))
    return None


def _by_key(pairs: Sequence[tuple[object, object]]) -> dict[object, object] | None:
    """The pairs as a dictionary, as far as their keys are plain; the last of several counts, as in Python."""
    found: dict[object, object] = {}
    for key, value in pairs:
        plain = _plain(key)
        if plain is None:
            return None
        found[plain] = value
    return found


def _kind(value: object) -> str:
    if isinstance(value, Made) and value.call and isinstance(value.call[0], Name):
        return value.call[0].name[:60]
    return "many bytes" if isinstance(value, Part) else type(value).__name__.lower()
