"""What the command gets as its standard input, as far as that can be known without reading it."""

import fcntl
import os
import stat

from runlore.capture.data import relative

NONE, TERMINAL, FILE, UNKNOWN = "none", "terminal", "file", "unknown"


def standard_input(top: str) -> str:
    """``none`` if nothing will come, ``terminal``, ``file OFFSET PATH``, or ``unknown``: a pipe may bring anything.

    The path is relative to ``top``, or absolute outside it. The file itself is an input of the run.
    """
    try:
        found = os.fstat(0)
        if stat.S_ISREG(found.st_mode):
            return _file(found, top)
        if stat.S_ISCHR(found.st_mode):
            return NONE if found.st_rdev == os.stat(os.devnull).st_rdev else TERMINAL if os.isatty(0) else UNKNOWN
        return NONE if stat.S_ISFIFO(found.st_mode) and _is_over() else UNKNOWN
    except OSError:
        return NONE  # it is closed


def _file(found: os.stat_result, top: str) -> str:
    try:
        path, offset = os.readlink("/proc/self/fd/0"), os.lseek(0, 0, os.SEEK_CUR)
        return f"{FILE} {offset} {relative(path, top)}" if os.path.samestat(os.stat(path), found) else UNKNOWN
    except OSError:
        return UNKNOWN  # it has no name any more


def _is_over() -> bool:
    """Whether a pipe is empty and nobody can write to it."""
    import select  # noqa: PLC0415 - few commands get a pipe
    import termios  # noqa: PLC0415 - the same

    waiting = fcntl.ioctl(0, termios.FIONREAD, bytes(4))
    poll = select.poll()
    poll.register(0, select.POLLIN)
    return not any(waiting) and any(event & select.POLLHUP for _, event in poll.poll(0))
