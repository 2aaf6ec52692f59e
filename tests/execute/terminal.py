"""A real terminal with a session of its own, as a person at a keyboard has."""

import contextlib
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from typing import Any

from tests.execute.supervised import LONG, read_until

_BECOME = """
import fcntl, os, sys, termios
which, folder, *argv = sys.argv[1:]
terminal = os.open(sys.stdin.buffer.readline().strip(), os.O_RDWR)
for number in map(int, which):
    os.dup2(terminal, number)
os.close(terminal)
os.chdir(folder)
os.execvp(argv[0], argv)
"""


class Terminal:
    """What is typed at it, and what it shows."""

    def __init__(self, rows: int = 24, columns: int = 80) -> None:
        self.master, self._slave = os.openpty()
        self.name = os.ttyname(self._slave)
        self.shown = b""
        self.resize(rows, columns)

    def start(self, argv: Sequence[str], folder: str, *, which: str = "012", **given: int) -> subprocess.Popen[bytes]:
        """Start the leader of the terminal's session, with the terminal as the descriptors ``which``.

        The rest of them is as ``given`` to Popen; where standard input is not the terminal it is empty.
        """
        reader, writer = os.pipe()
        os.write(writer, self.name.encode() + b"\n")
        os.close(writer)
        with contextlib.closing(os.fdopen(reader)) as name:
            process: subprocess.Popen[bytes] = subprocess.Popen(
                (sys.executable, "-IS", "-c", _BECOME, which, folder, *argv),
                stdin=name,
                start_new_session=True,
                **given,  # type: ignore[call-overload]
            )
        return process

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def expect(self, text: str) -> bytes:
        """All that was shown since the last time, up to ``text`` at least."""
        shown = read_until(self.master, text.encode(), self.shown)
        end = shown.index(text.encode()) + len(text)
        self.shown = shown[end:]
        return shown[:end]

    @property
    def modes(self) -> list[Any]:
        """As ``tcgetattr`` says."""
        return termios.tcgetattr(self._slave)

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read_all(self, *, while_running: subprocess.Popen[bytes]) -> None:
        """Be the screen of a process until it ends."""
        end = time.monotonic() + LONG
        while while_running.poll() is None:
            assert time.monotonic() < end, "waited in vain for the end of the process"
            if select.select([self.master], (), (), 0.01)[0]:
                os.read(self.master, 1 << 16)

    def hang_up(self) -> None:
        """As when the window is closed."""
        for number in (self._slave, self.master):
            if number >= 0:
                os.close(number)
        self._slave = self.master = -1


@contextlib.contextmanager
def terminal_session(
    argv: Sequence[str], folder: str, *, which: str = "012", **given: int
) -> Iterator[tuple[Terminal, subprocess.Popen[bytes]]]:
    """A terminal and the process that leads its session; both are gone afterwards."""
    terminal = Terminal()
    process = terminal.start(argv, folder, which=which, **given)
    try:
        yield terminal, process
    finally:
        terminal.hang_up()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
