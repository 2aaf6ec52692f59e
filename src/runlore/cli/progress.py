"""How far long work has come: one line on a terminal, gone when it is done."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple, Self

from runlore.cli.output import Output

_PATIENCE = 1.0
"""Seconds before anything is said; most work is done by then."""
_PAUSE = 0.1
_STEADY = 2.0
"""Seconds after which it can be told how fast work is."""


_THINGS = (" runs", " folders")
"""What is counted is named last in what is said of it; all else is bytes."""


class Step(NamedTuple):
    """How far something has come, in bytes or in what is named last; a ``total`` of 0 is unknown."""

    what: str
    done: int
    total: int


def _size(number: int) -> str:
    from runlore.present.term.quantities import size  # noqa: PLC0415 - most work is done before anything is said

    return size(number)


class Progress:
    """A callable for ``(what, done, total)``; a total of 0 is unknown. Silent where nobody is looking."""

    def __init__(self, out: Output, amount: Callable[[int], str] = _size, *, events: bool = False) -> None:
        """Nothing is shown yet. ``amount`` says how much of what is not counted is done, as bytes if not given.

        With ``events`` a program listens: it gets a JSON line each second.
        """
        self._out = out
        self._amount = amount
        self._events = events
        self._shown = ""
        self._next = time.monotonic() + _PATIENCE
        self._began: tuple[str, float, int] | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """``done`` of ``total`` of what is named are finished."""
        now = time.monotonic()
        if self._events:
            if now >= self._next:
                self._next = now + _PATIENCE
                self._out.show("progress/1", Step(what, done, total), json=True, one_line=True)
            return
        if not self._out.talks_to_terminal or now < self._next:
            return
        self._next = now + _PAUSE
        amount = count if what.endswith(_THINGS) else self._amount
        much = f"{amount(done)}{f' of {amount(total)}' if total else ''}"
        self._write(f"mlrun: {what}: {much}{self._pace(what, done, total, now, amount)}")

    def _pace(self, what: str, done: int, total: int, now: float, amount: Callable[[int], str]) -> str:
        """How fast it is and when that will be the end, once it can be told."""
        if self._began is None or self._began[0] != what or done < self._began[2]:
            self._began = (what, now, done)
        _, since, before = self._began
        if now - since < _STEADY or done <= before:
            return ""
        from runlore.present.term.quantities import brief_duration  # noqa: PLC0415 - as in `_size`

        rate = (done - before) / (now - since)
        left = f", {brief_duration((total - done) / rate)} left" if total > done else ""
        return f", {amount(int(rate))}/s{left}"

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
