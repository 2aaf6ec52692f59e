"""Keys that are typed for a program which reads them at the pseudo-terminal behind its output."""

import contextlib
import fcntl
import os
import select
import termios
import time
from collections.abc import Callable

from runlore.execute.modes import foreground
from runlore.execute.usage import descendants

_SOON, _LATER = 0.002, 0.25
"""Seconds between two looks at whom a key is for, the first and the longest."""
_READ, _WRITE = (b"0", b"1") if os.uname().machine == "x86_64" else (b"63", b"64")
"""The numbers of the system calls ``read`` and ``write``, on all but a few machines."""


def pass_on(ours: int, other_end: int, command: int, wanted: Callable[[], bool]) -> None:
    """Pass keys on to who waits for them at the terminal ``ours``, as long as they are ``wanted``.

    One at a time, and only if nobody takes it where it was typed and somebody waits for it at ours: what is
    typed ahead is for whoever comes next.
    """
    # Opened anew: that reads there do not wait is for us alone.
    with contextlib.suppress(OSError), open("/dev/tty", "rb", 0, opener=_without_waiting) as keys:
        poll = select.poll()
        poll.register(keys, select.POLLIN)
        ours_poll = select.poll()
        ours_poll.register(ours, select.POLLIN)
        name = os.ttyname(ours)
        pause = _SOON
        while not poll.poll()[0][1] & select.POLLHUP and wanted():
            ours_poll.poll(0)  # what was written there arrives later, but not later than somebody looks
            # The last one has been read, we may read, and somebody waits.
            if (
                not any(fcntl.ioctl(ours, termios.FIONREAD, bytes(4)))
                and foreground(keys.fileno()) == os.getpgrp()
                and any(_waits(pid, name) for pid in descendants(command))
            ):
                os.write(other_end, keys.read(1) or b"")
                pause = _SOON
            time.sleep(pause)
            pause = min(2 * pause, _LATER) if poll.poll(0) else _SOON


def _without_waiting(path: str, _flags: int) -> int:
    return os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)


def _waits(pid: int, terminal: str) -> bool:
    """Whether a process waits for keys at a terminal that it was given to write to.

    That it has opened it to read alone (``less``) or made it its standard input (``vim -``) says that it reads
    there. Of what it can read *and* write it must be waiting in a ``read`` now (``more``).
    """
    try:
        if (call := _waits_in(pid)) is None:
            return False
        for number in os.listdir(f"/proc/{pid}/fd"):
            if os.readlink(f"/proc/{pid}/fd/{number}") == terminal and (
                number == "0" or call[:2] == [_READ, b"%#x" % int(number)] or _is_to_read(pid, number)
            ):
                return True
    except OSError:
        pass  # it has ended, or is not ours to look at
    return False


def _waits_in(pid: int) -> list[bytes] | None:
    """The system call in which a process waits, and its arguments, as the kernel writes them; nothing if unknown.

    ``None``: it does not wait for a key: it computes, waits for a disk or until what it shows is taken. A pager that
    has read the key that ends it does all of these before it ends.
    """
    call = _call(pid)
    with open(f"/proc/{pid}/stat", "rb") as file:
        state = file.read().rpartition(b")")[2].split()[0]
    # The same before and after: so it is one moment that both speak of.
    return call if state == b"S" and call[:1] not in ([b"running"], [_WRITE]) and call == _call(pid) else None


def _call(pid: int) -> list[bytes]:
    try:
        with open(f"/proc/{pid}/syscall", "rb") as file:
            return file.read().split()
    except OSError:
        return []


def _is_to_read(pid: int, number: str) -> bool:
    """Whether a process has opened what is its descriptor ``number`` to read alone."""
    with open(f"/proc/{pid}/fdinfo/{number}", "rb") as file:
        flags = dict(line.split(b":", 1) for line in file.read().splitlines())[b"flags"]
    return int(flags, 8) & os.O_ACCMODE == os.O_RDONLY
