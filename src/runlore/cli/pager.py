"""A long page on a terminal, one screen at a time, as git does it."""

import contextlib
import itertools
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping

_LESS = "FRX"
"""What git gives less: end if one screen is enough, show colours, leave the page on the screen."""
_COLUMNS, _ROWS = 80, 24
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def page(parts: Iterable[str], write: Callable[[Iterable[str]], None], environ: Mapping[str, str]) -> None:
    """Text to the terminal, by ``write`` if it fits the screen, else through ``$RUNLORE_PAGER``, ``$PAGER`` or less.

    Parts are asked for as they are needed: nobody waits for the end of a page of which the beginning is read.
    """
    parts = iter(parts)
    first: list[str] = []
    columns, rows = _size()
    room = rows - 1
    while room >= 0 and (part := next(parts, None)) is not None:
        first.append(part)
        room -= sum(_rows(text, columns) for text in part.split("\n")[:-1])
    process = None if room >= 0 else _start(environ)
    if process is None:
        write(itertools.chain(first, parts))
    else:
        _feed(process, itertools.chain(first, parts))


def _start(environ: Mapping[str, str]) -> "subprocess.Popen[bytes] | None":
    """The user's pager, or ``None`` where there is none to be used."""
    pager = shlex.split(environ.get("RUNLORE_PAGER", environ.get("PAGER", "less")))
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
                process.stdin.close()  # type: ignore[union-attr] # the same
            except BrokenPipeError:
                # It has seen enough. What waits to be written goes too: closing it once more must not fail.
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()  # type: ignore[union-attr] # the same
    finally:
        signal.signal(signal.SIGINT, before)


def _rows(text: str, columns: int) -> int:
    """Rows that a line takes; if it is one too many, less finds that one screen is enough."""
    return max(1, -(-len(_COLOUR.sub("", text)) // columns))


def _size() -> tuple[int, int]:
    """Columns and rows of the terminal behind standard output."""
    try:
        columns, rows = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return _COLUMNS, _ROWS
    return columns or _COLUMNS, rows or _ROWS
