"""How far long work has come: one line on a terminal, gone when it is done."""

import _thread
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from runlore.cli.output import Output

if TYPE_CHECKING:
    import threading

_PATIENCE = 1.0
"""Seconds before anything is said; most work is done by then."""
_PAUSE = 0.1
_LOOK = 0.25
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
    """A callable for ``(what, done, total)``; a total of 0 is unknown, and of nothing the line is given back.

    Silent where nobody is looking.
    """

    def __init__(
        self, out: Output, amount: Callable[[int], str] = _size, *, events: bool = False, goes_on: bool = False
    ) -> None:
        """Nothing is shown yet. ``amount`` says how much of what is not counted is done, as bytes if not given.

        With ``events`` a program listens: it gets a JSON line each second. ``goes_on`` is for work that the same
        command takes up again where it was interrupted: then that is said.
        """
        self._goes_on = goes_on
        self._waiting: Step | None = None
        """What was told too soon to be shown."""
        self._over: threading.Event | None = None
        self._lock = _thread.allocate_lock()
        self._out = out
        self._amount = amount
        self._events = events
        self._shown = ""
        self._next = time.monotonic() + _PATIENCE
        self._began: tuple[str, float, int] | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """``done`` of ``total`` of what is named are finished."""
        with self._lock:
            if not what:
                self._wipe()
            elif not self._tell(what, done, total):
                self._waiting = Step(what, done, total)

    def _tell(self, what: str, done: int, total: int) -> bool:
        """Show it, if it is time to; False if it is too soon."""
        now = time.monotonic()
        if self._events:
            if now >= self._next:
                self._next = now + _PATIENCE
                self._out.show("progress/1", Step(what, done, total), json=True, one_line=True)
            return True
        if not self._out.talks_to_terminal:
            return True
        if now < self._next:
            return False
        from runlore.present.term.safe import visible  # noqa: PLC0415 - only where somebody is looking

        self._next = now + _PAUSE
        amount = count if what.endswith(_THINGS) else self._amount
        much = f": {amount(done)}{f' of {amount(total)}' if total else ''}" if done or total else ""
        self._write(f"mlrun: {visible(what)}{much}{self._pace(what, done, total, now, amount)}")
        self._waiting = None
        return True

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
        if self._out.talks_to_terminal and not self._events:
            import threading  # noqa: PLC0415 - only where somebody is looking

            self._over = threading.Event()
            threading.Thread(target=self._show_what_waits, args=(self._over,), name="progress", daemon=True).start()
        return self

    def _show_what_waits(self, over: "threading.Event") -> None:
        """Show what was told too soon, and nothing came after it. Once: ssh may come to ask something there."""
        while not over.wait(_LOOK):
            with self._lock:
                if self._waiting is not None and not over.is_set():
                    self._tell(*self._waiting)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._over is not None:
            self._over.set()
        self.clear()
        if isinstance(error, KeyboardInterrupt) and self._goes_on and not self._events:
            self._out.complain("interrupted; the same command goes on from there\n")

    def clear(self) -> None:
        """Give the line back to whoever writes next."""
        with self._lock:
            self._wipe()

    def _wipe(self) -> None:
        self._waiting = None
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
