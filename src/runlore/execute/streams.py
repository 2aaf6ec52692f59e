"""Where a command's output goes: to where ours goes, and into the log. A terminal stays a terminal.

Standard input is not touched: the command reads the very terminal, pipe or file that was given to us.
"""

import contextlib
import errno
import os
import select
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, NamedTuple

from runlore.execute.log import LogWriter
from runlore.execute.signals import HEARD

if TYPE_CHECKING:
    from runlore.execute.terminal import Terminal

_STDOUT, _STDERR = 1, 2
_PIECE = 1 << 16
_PATIENCE = 20
"""Milliseconds for what was written to a terminal to come through, and for a process left behind to let go."""


class _Relay(NamedTuple):
    """What the command writes to ``given``, its descriptors ``numbers``, is read at ``source``."""

    source: int
    given: int
    numbers: tuple[int, ...]
    terminal: "Terminal | None"


def _relay(numbers: tuple[int, ...]) -> _Relay:
    """A pseudo-terminal where ours is a terminal, else a pipe."""
    if not os.isatty(numbers[0]):
        return _Relay(*os.pipe(), numbers, None)
    from runlore.execute.terminal import Terminal  # noqa: PLC0415 - only where there is one

    terminal = Terminal(numbers[0])
    return _Relay(terminal.source, terminal.given, numbers, terminal)


class Streams:
    """The command's standard output and error, and the threads that carry them on.

    One thread for each, since each may have to wait for its own reader, and nothing else may wait with it.
    """

    def __init__(self, log: LogWriter) -> None:
        """Set up pipes and, where ours is a terminal, a pseudo-terminal."""
        self._log = log
        self._relays: list[_Relay] = []
        self._threads: list[threading.Thread] = []
        self._begun = threading.Event()
        self._held: list[_Relay] = []
        self._ended, self._running = os.pipe()
        # What was closed when we began has a stand-in that the command does not inherit: closed it stays.
        ours = [number for number in (_STDOUT, _STDERR) if os.get_inheritable(number)]
        # One pipe where both are one file, or what was written to both would lose its order.
        together = len(ours) > 1 and os.path.sameopenfile(_STDOUT, _STDERR)
        for numbers in [tuple(ours)] if together else [(number,) for number in ours]:
            try:
                self._add(_relay(numbers))
            except OSError as error:
                log.fail(error)  # the command gets what is ours, and nothing of it is kept

    def given(self, number: int) -> int | None:
        """What the command gets as descriptor 1 or 2; ``None``: what is there."""
        return next((relay.given for relay in self._relays if number in relay.numbers), None)

    def start(self, command: int) -> None:
        """The process ``command`` has its ends: carry on what it writes."""
        for relay in self._relays:
            # Of a terminal one end stays open, or it would hang up each time that nobody else holds it.
            if relay.terminal:
                relay.terminal.start(command)
            else:
                os.close(relay.given)
        self._begun.set()

    def end(self) -> None:
        """The command has ended: the threads carry on what it wrote until now, and end."""
        for relay in self._relays:
            if relay.terminal:
                os.close(relay.given)
        os.close(self._running)
        self._running = -1

    def wait(self, seconds: float) -> bool:
        """Wait so long for the threads to end; whether they did."""
        for thread in self._threads:
            thread.join(seconds)
        return not any(thread.is_alive() for thread in self._threads)

    def restore(self) -> None:
        """All it wrote has been shown, or nobody waits for that: our terminal is to be as it was."""
        for relay in self._relays:
            if relay.terminal:
                relay.terminal.restore()

    def hand_over(self) -> bool:
        """Whether somebody may still write: that goes where it would have gone without us, with nobody to watch it."""
        for relay in self._held:
            if relay.terminal:
                relay.terminal.let_go()
            with contextlib.suppress(OSError):
                left = subprocess.Popen(
                    ("cat",), stdin=relay.source, stdout=relay.numbers[0], stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )  # fmt: skip
                left.returncode = 0  # it outlives us
            os.close(relay.source)
        os.close(self._ended)
        return bool(self._held)

    def resize(self) -> None:
        """Give the pseudo-terminal the size of ours."""
        for relay in self._relays:
            if relay.terminal:
                relay.terminal.resize()

    def settle(self) -> None:
        """The command has stopped and we are about to: let our terminal be as it would be without us."""
        for relay in self._relays:
            if relay.terminal:
                relay.terminal.settle()

    def close(self) -> None:
        """Let go, if the command has never started."""
        os.close(self._running)
        for relay in self._relays:
            os.close(relay.given)
        self._begun.set()
        for thread in self._threads:
            thread.join()
        for relay in self._held:
            os.close(relay.source)
        os.close(self._ended)

    def _add(self, relay: _Relay) -> None:
        """Have a thread for it, before the command begins: later it would be too late to do without.

        Raises:
            OSError: there can be no more threads.
        """
        thread = threading.Thread(target=self._carry, args=(relay,), daemon=True)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)  # for the thread: they are heard in the main one
        try:
            thread.start()
        except RuntimeError as error:
            os.close(relay.source)
            os.close(relay.given)
            raise OSError(errno.EAGAIN, "there can be no more threads") from error
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        self._threads.append(thread)
        self._relays.append(relay)

    def _carry(self, relay: _Relay) -> None:
        """Carry on until nobody can write any more, nobody reads, or the command has ended and all it wrote is read."""
        self._begun.wait()
        poll = select.poll()
        poll.register(relay.source, select.POLLIN)
        poll.register(self._ended, select.POLLIN)
        patience = None
        while ready := {number for number, _ in poll.poll(patience)}:
            if relay.source not in ready:
                poll.unregister(self._ended)
                patience = _PATIENCE
                continue
            data = relay.terminal.read() if relay.terminal else os.read(relay.source, _PIECE)
            if data is None:
                continue
            if data:
                self._log.write(data)
            if not data or not _pass_on(relay.numbers[0], data):
                # Who writes there now gets a broken pipe, as if our reader had been theirs.
                os.close(relay.source)
                return
        self._held.append(relay)


def _pass_on(target: int, data: bytes) -> bool:
    """Write every byte to our own output; False once nobody reads it."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(target, rest) :]
        except BlockingIOError:  # somebody made our output non-blocking
            select.select((), (target,), ())
        except OSError:
            return False
    return True
