"""Things that are gone through one by one, with word of how many are done."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

Progress = Callable[[str, int, int], None]
"""Told what is going on, how much of it is done, and how much there is (0: not known).

Of nothing where others may speak: ssh asks a passphrase on the same terminal.
"""


def silent(what: str, done: int, total: int) -> None:
    """Tells nobody."""


def told(things: Iterable[T], total: int, what: str, progress: Progress) -> Iterator[T]:
    """The things, of which there are ``total``."""
    for done, each in enumerate(things):
        progress(what, done, total)
        yield each
