"""The modes of a real terminal, set as a command sets those of the pseudo-terminal before it."""

import contextlib
import os
import signal
import termios
import threading
import time
from collections.abc import Iterator
from typing import Any

from runlore.execute.usage import descendants

_INPUT, _OUTPUT, _LOCAL, _KEYS = 0, 1, 3, 6
"""Where ``tcgetattr`` has them."""
_EXTPROC = getattr(termios, "EXTPROC", 0o200000)
"""With it a terminal leaves its input alone, and in packet mode says each time that somebody set its modes."""

_PAUSE = 0.05
"""Seconds between two looks at whether somebody has put back modes that are no more."""


class Modes:
    """What the command sets on our pseudo-terminal is set on the real one; a mode it does not set stays as it is."""

    def __init__(self, real: int, ours: int, other_end: int) -> None:
        """``ours`` gets the modes of ``real``; later they are read at its ``other_end``."""
        self._real = real
        self._ours = other_end
        self._lock = threading.Lock()
        self._ended = False
        modes = _modes(real)
        modes[_LOCAL] |= _EXTPROC
        termios.tcsetattr(ours, termios.TCSANOW, modes)
        self._first = self._now = _modes(ours)
        self._set_last = self._first  # the last modes of ours that were not the first
        self._left: list[Any] | None = None  # those of the real terminal, once these were set on it
        self._owed = False  # whether they may still have to be taken back there

    @property
    def doubles(self) -> bool:
        r"""Whether ``\r\n`` is made of ``\n``."""
        both = termios.OPOST | termios.ONLCR
        return bool(self._now[_OUTPUT] & both == both)

    @property
    def for_keys(self) -> bool:
        """Whether they are, now, those of somebody who wants keys and not lines."""
        with contextlib.suppress(termios.error):
            return not (self._ended or _modes(self._ours)[_LOCAL] & termios.ICANON)
        return False

    def follow(self, command: int) -> None:
        """``command``, or a process below it, may have set modes."""
        with self._lock, contextlib.suppress(termios.error):
            before, self._now = self._now, _modes(self._ours)
            if not self._now[_LOCAL] & _EXTPROC:  # all modes were set, whatever they had been
                self._now[_LOCAL] |= _EXTPROC
                termios.tcsetattr(self._ours, termios.TCSANOW, self._now)
            if self._ended or self._now == before:
                return
            self._owed = self._now == self._first
            real = (self._owed and self._left) or _modes(self._real)
            while not (done := self._replace(real, new := _changed(real, before, self._now), command)):
                if self._owed:
                    break
                real = _modes(self._real)
            if self._owed:
                where = (command, new if done else None)
                with contextlib.suppress(RuntimeError):  # there can be no more threads
                    threading.Thread(target=self._catch_up, args=where, daemon=True).start()
            else:
                self._set_last, self._left = self._now, new

    def restore(self, command: int) -> None:
        """The command has ended: take back what it has not."""
        self.follow(command)
        with self._lock, contextlib.suppress(termios.error):
            self._ended = True
            real = _modes(self._real)
            due = self._now != self._first or real == self._left
            if due and foreground(self._real) in {None, os.getpgrp()}:  # else a shell has put us back, and its modes
                self._replace(real, _changed(real, self._set_last, self._first), command)

    def _catch_up(self, command: int, paid: list[Any] | None) -> None:
        """See to it that modes which were taken back, or could not be (``paid`` is ``None``), do not return.

        Who waited for the end of a pager, say, may have been faster than we, and have set modes of its own. What
        it believes to be the terminal's modes, and will put back, are those of the pager.
        """
        built_upon = paid is None
        while self._owed and not self._ended:
            time.sleep(_PAUSE)
            with self._lock, contextlib.suppress(termios.error):
                real = _modes(self._real)
                if real not in (paid, self._left):
                    built_upon = True
                elif real == self._left and built_upon and self._owed:
                    paid = _changed(real, self._set_last, self._first)
                    built_upon = not self._replace(real, paid, command)
                else:
                    self._owed = False  # all is well, or it is somebody's wish that they are the same once more

    def _replace(self, real: list[Any], new: list[Any], command: int) -> bool:
        """Whether the modes of the real terminal were still ``real``, so that they could become ``new``.

        In the background this stops us until we are in the foreground. The command, in our process group, stops
        with us, as it would have been stopped for it without us.
        """
        with _not_stopped_by_our_own(command, foreground(self._real)):
            if _modes(self._real) != real:  # nothing comes between this and the next, if it can be helped
                return False
            if real != new:
                termios.tcsetattr(self._real, termios.TCSANOW, new)
        return True


def foreground(terminal: int) -> int | None:
    """The process group in the foreground of a terminal; ``None``: it does not control us."""
    try:
        return os.tcgetpgrp(terminal)
    except OSError:
        return None


def _modes(terminal: int) -> list[Any]:
    """As ``tcgetattr`` says, with all keys as bytes, to be compared."""
    modes = termios.tcgetattr(terminal)
    modes[_KEYS] = [key if isinstance(key, bytes) else bytes((key,)) for key in modes[_KEYS]]
    return modes


def _changed(modes: list[Any], before: list[Any], after: list[Any]) -> list[Any]:
    """``modes`` with what is different ``after``."""
    new = modes.copy()
    for field in (_INPUT, _OUTPUT, _LOCAL):
        changed = before[field] ^ after[field]
        new[field] = modes[field] & ~changed | after[field] & changed
    keys = zip(modes[_KEYS], before[_KEYS], after[_KEYS], strict=True)
    new[_KEYS] = [key if was == becomes else becomes for key, was, becomes in keys]
    return new


@contextlib.contextmanager
def _not_stopped_by_our_own(command: int, front: int | None) -> Iterator[None]:
    """We may set modes in the background too, where a shell that we run has put another of ours into the foreground."""
    lent = front not in {None, os.getpgrp()} and any(_group(pid) == front for pid in descendants(command))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTTOU,) if lent else ())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except OSError:
        return 0
