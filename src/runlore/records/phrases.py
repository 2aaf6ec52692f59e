"""Phrases that warnings, errors and results share: how many there are, and the first few by name."""

from collections.abc import Iterable

DAMAGED = "damaged in the store"
"""Of a file whose bytes are not those of its id."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 file``, ``1,204 files``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def named(names: Iterable[str], most: int = 5) -> str:
    """``a, b and 3 more``: the first few, each once."""
    every = tuple(dict.fromkeys(names))
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def quoted(names: Iterable[str], most: int = 5) -> str:
    """``"a", "b" and 3 more``: as `named`, for what comes from a user."""
    return named((f'"{name}"' for name in names), most)
