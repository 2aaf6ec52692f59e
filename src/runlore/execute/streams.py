"""Where a command's output goes: to where ours goes, and into the log. A terminal stays a terminal.

Standard input is not touched: the command reads the very terminal, pipe or file that was given to us.
"""

import contextlib
import errno
import fcntl
import os
import select
from typing import NamedTuple

from runlore.execute.log import LogWriter

_STDOUT, _STDERR = 1, 2
_PIECE = 1 << 16


class Relay(NamedTuple):
    """What the command writes to ``source`` goes on to ``target``."""

    source: int
    target: int
    terminal: bool


class Streams:
    """The command's standard output and error, and what carries them on."""

    def __init__(self, log: LogWriter) -> None:
        """Set up pipes and, where ours is a terminal, a pseudo-terminal."""
        self._log = log
        self._child: dict[int, int] = {}
        self.relays: dict[int, Relay] = {}
        terminals = [number for number in (_STDOUT, _STDERR) if os.isatty(number)]
        if terminals:
            self._add(_open_terminal(terminals[0]), terminals, terminal=True)
        others = [number for number in (_STDOUT, _STDERR) if number not in terminals]
        # One pipe where both are one file, or what was written to both would lose its order.
        together = len(others) > 1 and os.path.sameopenfile(_STDOUT, _STDERR)
        for numbers in [others] if together else [[number] for number in others]:
            self._add(os.pipe(), numbers, terminal=False)

    def _add(self, ends: tuple[int, int], numbers: list[int], *, terminal: bool) -> None:
        source, given = ends
        self._child.update(dict.fromkeys(numbers, given))
        self.relays[source] = Relay(source, numbers[0], terminal)

    def given(self, number: int) -> int | None:
        """What the command gets as descriptor 1 or 2."""
        return self._child.get(number)

    def close_child_ends(self) -> None:
        """In the parent: so that the end of what the command writes is seen."""
        for given in set(self._child.values()):
            os.close(given)

    def carry(self, source: int) -> None:
        """Carry on what there is to read at ``source``; its relay goes when there will be no more."""
        relay = self.relays[source]
        try:
            data = os.read(source, _PIECE)
        except OSError as error:
            if error.errno != errno.EIO:  # a terminal whose other end is closed
                raise
            data = b""
        if data:
            self._log.write(data)
        if not data or not _pass_on(relay.target, data):
            self.close(source)

    def drain(self, *, patience: float) -> bool:
        """Carry on what was written before the command ended; whether somebody could still write more.

        A terminal's data may take ``patience`` seconds to come through; a pipe's is there at once.
        """
        poll = select.poll()
        for relay in self.relays.values():
            poll.register(relay.source, select.POLLIN)
        while self.relays:
            wait = patience if any(relay.terminal for relay in self.relays.values()) else 0
            ready = poll.poll(wait * 1000)
            if not ready:
                return True
            for source, _ in ready:
                self.carry(source)
                if source not in self.relays:
                    poll.unregister(source)
        return False

    def resize(self) -> None:
        """Give the pseudo-terminal the size of ours."""
        for relay in list(self.relays.values()):
            if relay.terminal:
                _copy_size(relay.target, relay.source)

    def close(self, source: int) -> None:
        """Stop carrying: who writes there gets a broken pipe, as if our reader had been theirs."""
        os.close(self.relays.pop(source).source)

    def close_all(self) -> None:
        """Stop carrying anything."""
        for source in list(self.relays):
            self.close(source)


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


def _open_terminal(like: int) -> tuple[int, int]:
    """A pseudo-terminal of the size of ``like`` that passes bytes on as they are: ours will do what is to be done."""
    import termios  # noqa: PLC0415 - only where there is a terminal

    master, slave = os.openpty()
    attributes = termios.tcgetattr(slave)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    _copy_size(like, master)
    return master, slave


def _copy_size(source: int, target: int) -> None:
    import termios  # noqa: PLC0415 - only where there is a terminal

    with contextlib.suppress(OSError):
        size = fcntl.ioctl(source, termios.TIOCGWINSZ, bytes(8))
        fcntl.ioctl(target, termios.TIOCSWINSZ, size)
