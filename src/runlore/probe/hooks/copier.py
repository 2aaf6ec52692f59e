"""Wraps the functions of a library, and copies what they are told into the journal."""

from __future__ import annotations

import functools
import inspect

from ..interruption import is_the_scripts  # noqa: TID252 - under whatever name the probe was imported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import FunctionType
    from typing import Protocol

    class Copies(Protocol):
        """What one library is told, on its way into the journal."""

        def points(self, values: Mapping[str, object], step: object, run: object) -> list[str]:
            """Entries with the numbers among ``values``, at one step of the library's own ``run``."""

        def params(self, values: Mapping[str, object], run: object) -> list[str]:
            """Entries with parameters, nested or not."""

        def write(self, entries: Iterable[str]) -> None:
            """Put entries into the journal."""

        def unknown(self, what: str) -> None:
            """Put on record, once, that the library is not what its hook expects."""


_MARK = "_runlore_copied"


def copy_calls(owner: object, name: str, expected: str, copy: Callable[..., list[str]], copies: Copies) -> None:
    """Let ``owner.name`` put what ``copy`` makes of its arguments on record each time that it has returned.

    They are copied before the call, which may use them up. The first parameters of the function must be those
    named in ``expected`` (``*`` stands for any name), or it is left as it is.
    """
    original: FunctionType | None = vars(owner).get(name)
    if original is not None and hasattr(original, _MARK):
        return
    where = f"{getattr(owner, '__name__', owner)}.{name}({expected.replace(' ', ', ')})"
    if not inspect.isfunction(original) or not _begins(original, expected.split()):
        copies.unknown(f"it has no {where}")
        return

    @functools.wraps(original)
    def call(*arguments: object, **named: object) -> object:
        entries: list[str] = []
        failed = ""
        try:
            entries = copy(*arguments, **named)
        except Exception as error:
            if is_the_scripts(error):
                raise
            failed = f"{type(error).__name__} at {where}"
        result = original(*arguments, **named)
        copies.write(entries)
        if failed:  # only now it is known that it was not the call that was wrong
            copies.unknown(failed)
        return result

    setattr(call, _MARK, True)
    setattr(owner, name, call)


def _begins(function: FunctionType, expected: list[str]) -> bool:
    """Whether the first parameters of ``function`` are as expected."""
    found = list(inspect.signature(function).parameters)[: len(expected)]
    return len(found) == len(expected) and all(mine in {"*", theirs} for mine, theirs in zip(expected, found))
