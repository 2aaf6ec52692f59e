"""A real terminal for the program to believe in."""

import contextlib
import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import Mapping

from tests.cli.place import Place


def on_terminal(
    place: Place, *args: str, rows: int = 50, columns: int = 80, env: Mapping[str, str] | None = None
) -> str:
    """What a command line writes to a terminal of this size, standard error included, with plain newlines."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(place.folder)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        variables = {**place.env, "TERM": "xterm-256color", "PAGER": "cat", **(env or {})}
        os.execve(sys.executable, [sys.executable, "-m", "runlore", *args], variables)  # noqa: S606 - no shell is wanted
    shown = b""
    with contextlib.suppress(OSError):  # Linux ends a terminal that nobody holds with EIO
        while data := os.read(terminal, 65536):
            shown += data
    os.waitpid(child, 0)
    os.close(terminal)
    return shown.decode().replace("\r\n", "\n")
