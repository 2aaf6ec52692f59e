"""The conversations with one SFTP server: one to begin with, more where one does not suffice."""

import contextlib
import threading
import time
from collections.abc import Iterator

from runlore.errors import RemoteError
from runlore.store.remote.sftp import Session
from runlore.store.remote.tunnel import Call, Tunnel

_A_WHILE = 1.0
"""Seconds of a conversation after which another is worth the processors' time that its beginning takes both ends."""


class Sessions:
    """Up to ``most`` conversations, each of which several threads may have. Opened when they are needed."""

    def __init__(self, call: Call, most: int) -> None:
        self._call = call
        self._most = most
        self._lock = threading.RLock()
        self._open: list[Session] = []
        self._began = 0.0
        self._coming: Tunnel | None = None
        self._failure: RemoteError | None = None

    @property
    def moved(self) -> int:
        """Bytes that have come and gone."""
        return sum(session.moved for session in self._open)

    @contextlib.contextmanager
    def one(self) -> Iterator[Session]:
        """The conversation that the fewest have."""
        session = self._joined()
        try:
            yield session
        finally:
            with self._lock:
                session.users -= 1

    def _joined(self) -> Session:
        failure = self._failure
        with self._lock:
            if self._failure is not failure and self._failure is not None:
                raise type(self._failure)(self._failure.message, hint=self._failure.hint)  # somebody has just tried
            self._open = [session for session in self._open if not session.closed]
            least = min(self._open, key=lambda session: session.users, default=None)
            if least is None:
                least = self._first()
            elif least.users and self._may_be_more():
                self._begin_another()
            least.users += 1
            return least

    def _first(self) -> Session:
        """The first, for which somebody may be asked a passphrase."""
        try:
            self._coming = Tunnel(self._call)
            self._open.append(Session(self._coming))
        except RemoteError as error:
            self._failure = error
            raise
        finally:
            self._coming = None
        self._began = time.monotonic()
        return self._open[0]

    def _may_be_more(self) -> bool:
        few = len(self._open) < self._most and self._coming is None
        return few and time.monotonic() - self._began > _A_WHILE

    def _begin_another(self) -> None:
        """One more, for which nobody is asked or waits; if it cannot be had, those that there are will do."""
        try:
            self._coming = Tunnel(self._call._replace(ask=False))
        except RemoteError:
            self._most = len(self._open)
            return
        threading.Thread(target=self._await, args=(self._coming,), daemon=True).start()

    def _await(self, coming: Tunnel) -> None:
        try:
            session = Session(coming)
        except RemoteError:
            session = None
        with self._lock:
            wanted = self._coming is coming
            if wanted:
                self._coming = None
                if session is None:
                    self._most = len(self._open)
                else:
                    self._open.append(session)
        if session is not None and not wanted:
            session.close()

    def close(self) -> None:
        """End them all. Who asks for one afterwards begins anew."""
        coming, self._coming = self._coming, None
        if coming is not None:
            coming.end()  # first of all: who waits for the first one holds the lock
        with self._lock:
            for session in self._open:
                session.close()
            self._open = []
