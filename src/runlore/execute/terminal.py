"""The pseudo-terminal that stands before a real one: its modes are the real one's, and so are keys read at it."""

import contextlib
import fcntl
import os
import select
import termios
import threading
import time

from runlore.execute.modes import Modes, foreground

_PIECE = 1 << 16
_PATIENCE = 20
"""Milliseconds for what was written to come through."""
_SETTLED = 0.2
"""Seconds that a stop waits at most for somebody to take what was written before."""
_PAUSE = 0.002
_MODES_SET = 0x40
"""``TIOCPKT_IOCTL``, in the first byte of a packet."""


class Terminal:
    """A pseudo-terminal: the command has its one end, ``given``, and what it writes there is read from the other."""

    def __init__(self, real: int) -> None:
        """It begins with the modes and the size of ``real``, a descriptor."""
        self._real = real
        self.source, self.given = os.openpty()
        self._modes = Modes(real, self.given, self.source)
        self._packets = self._set_packets(1)
        self._command = 0
        self._lock = threading.Lock()
        self._watches_keys = False
        self.resize()

    def start(self, command: int) -> None:
        """Those who write, set modes and read keys are the process ``command`` and those below it."""
        self._command = command

    def read(self) -> bytes | None:
        """Some of what was written; empty at the end; ``None``: nothing, but there was news of the modes."""
        data = self._read(_PIECE)
        if not data or not self._modes.doubles:
            return data
        # The half of a line's end, or all that was written.
        while data.endswith(b"\r") and len(data) < _PIECE and self._is_readable() and (more := self._read(1)):
            data += more
        # The real terminal does once more what ours has done: ours made "\r\n" of each "\n", and of nothing else.
        return data.replace(b"\r\n", b"\n")

    def settle(self) -> None:
        """The command has stopped: what it wrote and set before is to be seen."""
        limit = time.monotonic() + _SETTLED
        while self._is_readable() and time.monotonic() < limit:
            time.sleep(_PAUSE)
        self._modes.follow(self._command)

    def restore(self) -> None:
        """The command has ended: what it has set and not taken back is undone."""
        self._modes.restore(self._command)

    def let_go(self) -> None:
        """From now on what is written can be passed on as it is read, by whoever reads it."""
        with contextlib.suppress(termios.error):
            modes = termios.tcgetattr(self.source)
            modes[1] &= ~termios.OPOST
            termios.tcsetattr(self.source, termios.TCSANOW, modes)
        self._set_packets(0)

    def resize(self) -> None:
        """Take the size of the real terminal."""
        with contextlib.suppress(OSError):
            size = fcntl.ioctl(self._real, termios.TIOCGWINSZ, bytes(8))
            fcntl.ioctl(self.given, termios.TIOCSWINSZ, size)

    def _set_packets(self, on: int) -> bool:
        try:
            fcntl.ioctl(self.source, termios.TIOCPKT, on.to_bytes(4, "little"))
        except OSError:  # not on every kernel that calls itself Linux; modes are not followed there
            return False
        return bool(on)

    def _read(self, size: int) -> bytes | None:
        try:
            data = os.read(self.source, size + self._packets)
        except OSError:  # the other end is closed
            return b""
        if not self._packets or not data:
            return data
        if data[0] & _MODES_SET:
            self._modes.follow(self._command)
            self._watch_keys()
        return data[1:] or None

    def _is_readable(self) -> bool:
        poll = select.poll()
        poll.register(self.source, select.POLLIN)
        return bool(poll.poll(_PATIENCE))

    def _watch_keys(self) -> None:
        """Have keys passed on from now on, if somebody may want them here."""
        with self._lock:
            if self._watches_keys or not self._modes.for_keys or foreground(self._real) is None:
                return
            self._watches_keys = True
        from runlore.execute.keys import pass_on  # noqa: PLC0415 - only where somebody may want them

        where = (self.given, self.source, self._command, self._wants_keys)
        try:
            threading.Thread(target=pass_on, args=where, daemon=True).start()
        except RuntimeError:  # there can be no more of them: the next time that modes are set, perhaps
            self._watches_keys = False

    def _wants_keys(self) -> bool:
        with self._lock:
            self._watches_keys = self._modes.for_keys
            return self._watches_keys
