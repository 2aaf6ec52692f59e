"""Signals that reach the supervisor and are meant for the command."""

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Any

from runlore.execute.usage import descendants

_FORWARDED = frozenset(
    (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGTSTP,
     signal.SIGCONT, signal.SIGWINCH)
)  # fmt: skip
HEARD = _FORWARDED | {signal.SIGCHLD}
"""What is for the command, or tells of it."""
_TYPED = frozenset((signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP))
_FROM_KERNEL = 0x80
"""``SI_KERNEL``: of the signals above, those that a terminal sends to its whole foreground group."""


def has_terminal() -> bool:
    """Whether this process has a controlling terminal, so that a person may be typing at it."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Let neither Ctrl-C nor a terminal that is closed interrupt what is soon done; SIGTERM still does."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Terminated(BaseException):
    """Somebody wants this process to end, by the signal ``number``; raised in `unwinding`."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def unwinding() -> Iterator[None]:
    """Let signals that end a process do so as Ctrl-C does: what is half-made is taken away on the way out.

    Raises:
        Terminated: one has come; no second one is heard.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise Terminated(number)

    ending = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in ending if signal.getsignal(number) != signal.SIG_IGN}
    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Signals:
    """From `hold` to `restore` every signal is for the command, and none ends the supervisor.

    Sent to us by ``kill`` they go to the command alone: that is the process which whoever runs ``mlrun exec``
    in the place of the bare command takes us for. With ``shared`` the command is in our process group and
    has got what the terminal sends already; a second Ctrl-C would make many frameworks give up their clean end.
    """

    def __init__(self, *, shared: bool) -> None:
        """Nothing is held yet. ``ctrl_c`` will be whether somebody typed that."""
        self.shared = shared
        self.ctrl_c = False
        self._command = 0
        self._handlers: dict[int, Any] = {}
        self._heard: list[int] = []
        self._mask: set[signal.Signals | int] | None = None

    def hold(self) -> None:
        """Note signals for later. By handlers, which do not outlive an exec, so that the command starts as without us.

        Ignored signals stay ignored, as under ``nohup``, but for the one without which no end can be seen.
        """
        for number in _FORWARDED:
            if signal.getsignal(number) != signal.SIG_IGN:
                self._handlers[number] = signal.signal(number, self._hear)
        self._handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, signal.SIG_DFL)

    def listen(self, command: int) -> list[int]:
        """From now on `wait` hears every signal; those to pass on that have come until now."""
        self._command = command
        self._mask = set(signal.pthread_sigmask(signal.SIG_BLOCK, self._handlers))
        early, self._heard = self._heard, []
        return early

    def wait(self, seconds: float) -> list[int]:
        """The signals to pass on; returns at once when one has come, or when a child has ended or stopped."""
        heard = signal.sigtimedwait(self._handlers, seconds)
        numbers, self._heard = self._heard, []
        if heard is not None and heard.si_signo != signal.SIGCHLD and not self._got_it_too(heard):
            numbers.append(heard.si_signo)
        return numbers

    def restore(self) -> None:
        """Signals do again what they did before `hold`."""
        if self._mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        # Once we listen only threads that some library started get here, and nobody says who sent it.
        if not (self._mask is not None and self.shared and number in _TYPED):
            self._heard.append(number)

    def _got_it_too(self, heard: signal.struct_siginfo) -> bool:
        """Whether the command has been sent the same signal: by the terminal, or by itself to its whole group."""
        if not self.shared or heard.si_signo == signal.SIGWINCH:
            return False  # of a new size it is told again, once its own terminal has it
        if heard.si_signo == signal.SIGHUP and os.getsid(0) == os.getpid():
            return False  # a terminal that goes away tells the leader of its session alone
        self.ctrl_c |= heard.si_code == _FROM_KERNEL and heard.si_signo == signal.SIGINT
        return heard.si_code == _FROM_KERNEL or heard.si_pid in descendants(self._command)
