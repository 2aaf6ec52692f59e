"""What is fuzzed: a parser, what it may raise, and inputs from which others are made."""

import contextlib
import os
from collections.abc import Callable, Mapping
from typing import NamedTuple


class Target(NamedTuple):
    """``run`` gives the bytes to a parser; ``allowed`` is what its documentation says that it raises.

    ``run`` gets a folder of its own beside the bytes. ``tokens`` are words of the format, put into inputs; a
    ``heavy`` target takes milliseconds for each.
    """

    run: Callable[[bytes, str], object]
    seeds: tuple[bytes, ...]
    allowed: tuple[type[BaseException], ...] = ()
    tokens: tuple[bytes, ...] = ()
    heavy: bool = False

    def attempt(self, data: bytes, folder: str) -> None:
        """Give it one input; raises what it may not."""
        with contextlib.suppress(*self.allowed):
            self.run(data, folder)


Targets = Mapping[str, Target]


def file(folder: str, name: str, data: bytes) -> str:
    """The path of a file with these bytes."""
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as opened:
        opened.write(data)
    return path
