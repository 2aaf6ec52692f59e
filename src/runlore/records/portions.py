"""Many things in portions that fit into memory, or into a file."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def portions(
    things: Iterable[T], size_of: Callable[[T], int], most: int, *, count: int | None = None
) -> Iterator[list[T]]:
    """The things in their order, so many together that their sizes come to at most ``most``, and at most ``count``.

    One that is larger is a portion of its own.
    """
    some: list[T] = []
    size = 0
    for each in things:
        length = size_of(each)
        if some and (size + length > most or len(some) == count):
            yield some
            some, size = [], 0
        some.append(each)
        size += length
    if some:
        yield some
