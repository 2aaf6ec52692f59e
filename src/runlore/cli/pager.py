"""A long page on a terminal, one screen at a time, as git does it."""

import itertools
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping

_LESS = "FRX"
"""What git gives less: end if one screen is enough, show colours, leave the page on the screen."""
_ROWS = 24


def page(parts: Iterable[str], write: Callable[[Iterable[str]], None], environ: Mapping[str, str]) -> None:
    """Text to the terminal: through ``$PAGER`` (``less``) where it does not fit the screen, else by ``write``."""
    parts = iter(parts)
    first: list[str] = []
    room = _rows() - 1
    while room >= 0 and (part := next(parts, None)) is not None:
        first.append(part)
        room -= part.count("\n")
    process = None if room >= 0 else _start(environ)
    if process is None:
        write(itertools.chain(first, parts))
    else:
        _feed(process, itertools.chain(first, parts))


def _start(environ: Mapping[str, str]) -> "subprocess.Popen[bytes] | None":
    """The user's pager, or ``None`` where there is none to be used."""
    pager = shlex.split(environ.get("PAGER", "less"))
    if not pager or pager == ["cat"] or environ.get("TERM", "dumb") == "dumb":
        return None
    sys.stdout.flush()
    try:
        return subprocess.Popen(pager, stdin=subprocess.PIPE, env={"LESS": _LESS, **environ})
    except OSError:
        return None


def _feed(process: "subprocess.Popen[bytes]", parts: Iterable[str]) -> None:
    """The text into the pager, until it has enough."""
    # Ctrl-C belongs to the pager while it has the screen.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with process:
            try:
                for part in parts:
                    process.stdin.write(part.encode("utf-8", "backslashreplace"))  # type: ignore[union-attr] # a pipe
            except BrokenPipeError:
                return
    finally:
        signal.signal(signal.SIGINT, before)


def _rows() -> int:
    """Rows of the terminal behind standard output."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).lines or _ROWS
    except OSError:
        return _ROWS
