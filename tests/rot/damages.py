"""What a disk can do to a file: each byte another one, the end gone, all of it gone."""

import random
from collections.abc import Iterator
from typing import NamedTuple

_SMALL = 4096
"""Bytes of a file of which every one is tried."""
_EDGE = 160
"""Bytes at both ends of a larger one that are tried all."""


class Damage(NamedTuple):
    """The byte ``at`` becomes ``value``; without a value the file ends there; without either it is gone.

    Or it holds what the file ``swapped`` did, and that one what this did.
    """

    at: int | None = None
    value: int | None = None
    swapped: str | None = None

    def done_to(self, data: bytes) -> bytes | None:
        """What the file holds then."""
        if self.at is None:
            return None
        return data[: self.at] if self.value is None else data[: self.at] + bytes((self.value,)) + data[self.at + 1 :]


def damages(data: bytes, chance: random.Random, *, inside: int) -> Iterator[Damage]:
    """Every damage to a file; of the inner bytes of a large one, ``inside`` are tried."""
    for at in places(len(data), chance, inside):
        yield from flips(data, at, chance)
    yield Damage()
    yield from (Damage(length) for length in places(len(data), chance, inside))


def flips(data: bytes, at: int, chance: random.Random) -> Iterator[Damage]:
    """One byte with one bit flipped, all bits gone, all bits set."""
    for value in dict.fromkeys((data[at] ^ 1 << chance.randrange(8), 0, 255)):
        if value != data[at]:
            yield Damage(at, value)


def places(size: int, chance: random.Random, inside: int) -> list[int]:
    """Offsets that are tried."""
    if size <= _SMALL:
        return list(range(size))
    inner = chance.sample(range(_EDGE, size - _EDGE), min(inside, size - 2 * _EDGE))
    return [*range(_EDGE), *sorted(inner), *range(size - _EDGE, size)]
