"""How far long work has come: one line on a terminal, gone when it is done."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from runlore.cli.output import Output

_PATIENCE = 1.0
"""Seconds before anything is said; most work is done by then."""
_PAUSE = 0.1


def _size(number: int) -> str:
    from runlore.present.term.quantities import size  # noqa: PLC0415 - most work is done before anything is said

    return size(number)


class Progress:
    """A callable for ``(what, done, total)``; a total of 0 is unknown. Silent where nobody is looking."""

    def __init__(self, out: Output, amount: Callable[[int], str] = _size) -> None:
        """Nothing is shown yet. ``amount`` says how much is done, of bytes if not given."""
        self._out = out
        self._amount = amount
        self._shown = ""
        self._next = time.monotonic() + _PATIENCE

    def __call__(self, what: str, done: int, total: int) -> None:
        """``done`` of ``total`` of what is named are finished."""
        now = time.monotonic()
        if not self._out.talks_to_terminal or now < self._next:
            return
        self._next = now + _PAUSE
        self._write(f"mlrun: {what}: {self._amount(done)}{f' of {self._amount(total)}' if total else ''}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.clear()

    def clear(self) -> None:
        """Give the line back to whoever writes next."""
        if self._shown:
            self._write("")

    def _write(self, text: str) -> None:
        padding = " " * (len(self._shown) - len(text))
        back = "\b" * len(padding) if text else "\r"
        self._out.complain(f"\r{text}{padding}{back}")
        self._shown = text


def count(number: int) -> str:
    """How many things, for a person."""
    return f"{number:,}"
