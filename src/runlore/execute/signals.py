"""Signals that reach the supervisor and are meant for the command."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

_FORWARDED = frozenset(
    (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGTSTP,
     signal.SIGCONT, signal.SIGWINCH)
)  # fmt: skip
_FROM_KERNEL = 0x80
"""``SI_KERNEL``: of the signals above, those that a terminal sends to its whole foreground group."""


def has_terminal() -> bool:
    """Whether this process has a controlling terminal, so that a person may be typing at it."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


class Signals:
    """From `hold` to `restore` every signal is for the command, and none ends the supervisor."""

    def __init__(self) -> None:
        """Nothing is held yet."""
        self._handlers: dict[int, Any] = {}
        self._early: list[int] = []
        self._mask: set[signal.Signals | int] = set()
        self._thread: threading.Thread | None = None
        self._stopping = False

    def hold(self) -> None:
        """Note signals for later. By handlers, which do not outlive an exec, so that the command starts as without us.

        Ignored signals stay ignored, as under ``nohup``.
        """
        for number in _FORWARDED:
            if signal.getsignal(number) != signal.SIG_IGN:
                self._handlers[number] = signal.signal(number, lambda number, _: self._early.append(number))

    def listen(self, child: int, *, shared: bool, on_child: Callable[[], None], on_resize: Callable[[], None]) -> None:
        """From now on pass signals on to ``child``, from a thread: the main one may be waiting for a reader.

        Sent to us by ``kill`` they go to the command alone: that is the process which whoever runs
        ``mlrun exec`` in the place of the bare command takes us for. With ``shared`` the command is in our
        process group and has got what the terminal sends already; a second Ctrl-C would make many
        frameworks give up their clean end.
        """
        waited = {*self._handlers, signal.SIGCHLD}
        self._mask = set(signal.pthread_sigmask(signal.SIG_BLOCK, waited))
        for number in self._early:
            _send(child, number)

        def hear() -> None:
            while True:
                heard = signal.sigwaitinfo(waited)
                if self._stopping:
                    return
                if heard.si_signo == signal.SIGCHLD:
                    on_child()
                    continue
                if heard.si_signo == signal.SIGWINCH:
                    on_resize()
                elif shared and heard.si_code == _FROM_KERNEL:
                    continue
                _send(child, heard.si_signo)

        self._thread = threading.Thread(target=hear, daemon=True)
        self._thread.start()

    def restore(self) -> None:
        """Signals do again what they did before `hold`."""
        self._stopping = True
        if self._thread is not None and self._thread.ident is not None:
            while self._thread.is_alive():
                signal.pthread_kill(self._thread.ident, signal.SIGCHLD)
                self._thread.join(0.05)
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)


def _send(child: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)
