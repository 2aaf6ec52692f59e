"""Values as the formats describe them, beyond what Python's own scalars, lists, tuples and dictionaries say."""

from typing import NamedTuple

from runlore.insight.compare.content import Content
from runlore.insight.compare.dtype import Dtype


class Array(NamedTuple):
    """Numbers that lie in ``content`` from ``offset`` on; ``fortran``: the first index moves fastest."""

    dtype: Dtype
    shape: tuple[int, ...]
    fortran: bool
    content: Content
    offset: int


class Name(NamedTuple):
    """A class or function, by name alone."""

    module: str
    name: str


class Stored:
    """What lies outside the description, under a key: a tensor's storage, and its ``array`` once it is found."""

    __slots__ = ("array", "key")

    def __init__(self, key: object) -> None:
        self.key = key
        self.array: Array | None = None


class Map:
    """A mapping whose keys may be anything, in the order in which it was filled."""

    __slots__ = ("pairs",)

    def __init__(self) -> None:
        self.pairs: list[tuple[object, object]] = []


class Bag:
    """A set; the order of ``items`` says nothing."""

    __slots__ = ("frozen", "items")

    def __init__(self, items: list[object], *, frozen: bool) -> None:
        self.items = items
        self.frozen = frozen


class Made:
    """What a call would have made: the call, and what would have been done to the result."""

    __slots__ = ("array", "call", "items", "pairs", "state")

    def __init__(self, *call: object) -> None:
        self.call = call
        self.state: object = None
        self.items: list[object] = []
        self.pairs: Map | None = None
        self.array: Array | None = None
