"""A folder on another machine, over SFTP: what `ssh HOST` reaches is a remote."""

import contextlib
import os
import shlex
import stat
import threading
from collections.abc import Iterable, Iterator

from runlore.errors import RemoteDamagedError, RemoteError, RemoteMissingError, RemoteRefusedError, UnreachableError
from runlore.store.remote.far_files import UNFINISHED, get, listed, put
from runlore.store.remote.packets import (
    CONNECTION_LOST,
    NO_CONNECTION,
    NO_SUCH_FILE,
    PERMISSION_DENIED,
    Kind,
    StatusError,
    attributes,
    check,
    code,
    on_path,
)
from runlore.store.remote.port import Stat
from runlore.store.remote.sftp import Session
from runlore.store.remote.tunnel import Call, Tunnel, typed

_AT_ONCE = 16
"""Folders that are read at once: what is on its way is waited for together."""
_LONGEST_PATH, _MOST_FOLDERS = 1024, 100_000
"""No remote of ours is near. A server that makes folders up would otherwise go on for ever."""


class Ssh:
    """A `Remote` in a folder of an SFTP server, which is made by the first write."""

    proves = False

    def __init__(self, call: Call, *, workers: int = 2) -> None:
        """Connects when it is first asked something, and opens up to ``workers`` connections."""
        self.url = call.address.url
        self.workers = workers
        self._call = call
        self._root = os.fsencode(_root(call.address.path))
        self._sessions: list[Session] = []
        self._lock = threading.RLock()
        self._most = workers
        self._failure: RemoteError | None = None

    def names(self, folder: str) -> Iterator[Stat]:
        """As `Remote.names`; unfinished files are none, and links lead nowhere."""
        for found in self._walk(folder):
            if not found.name.rpartition("/")[2].startswith(UNFINISHED):
                yield found

    def unfinished(self) -> Iterator[str]:
        """What killed writers left behind, by name: for who cleans."""
        for folder in ("packs", "index", "objects", "gc"):
            for found in self._walk(folder):
                if found.name.rpartition("/")[2].startswith(UNFINISHED):
                    yield found.name

    def _walk(self, folder: str) -> Iterator[Stat]:
        waiting = [folder]
        with self._session(folder) as session:
            while waiting:
                some, waiting = waiting[-_AT_ONCE:], waiting[:-_AT_ONCE]
                for place, entry in listed(session, [self._path(each) for each in some]):
                    name = f"{some[place]}/{entry.name.decode('ascii')}"
                    if stat.S_ISDIR(entry.mode):
                        waiting.append(name)
                    elif stat.S_ISREG(entry.mode):
                        yield Stat(name, entry.size, float(entry.written))
                    if len(waiting) > _MOST_FOLDERS or len(name) > _LONGEST_PATH:
                        raise RemoteDamagedError(f'"{folder}" on {self.url} has more folders than a remote of ours')

    def stat(self, name: str) -> Stat | None:
        """As `Remote.stat`."""
        with self._session(name) as session:
            (answer,) = session.ask([on_path(Kind.LSTAT, self._path(name))])
            if code(answer) == NO_SUCH_FILE:
                return None
            found = attributes(answer)
        return Stat(name, found.size, float(found.written)) if stat.S_ISREG(found.mode) else None

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """As `Remote.read`."""
        with self._session(name) as session:
            found, wanted = get(session, self._path(name), start, length)
        if len(found) != wanted:
            raise UnreachableError(f'"{name}" on {self.url} ends too early: {len(found):,} of {wanted:,} bytes')
        return found

    def write(self, name: str, data: bytes | memoryview) -> None:
        """As `Remote.write`."""
        with self._session(name) as session:
            put(session, self._path(name), data, new=False)

    def create(self, name: str, data: bytes) -> bool:
        """As `Remote.create`. Some servers write over a file instead of refusing."""
        with self._session(name) as session:
            return put(session, self._path(name), data, new=True)

    def delete(self, names: Iterable[str]) -> None:
        """As `Remote.delete`."""
        every = list(names)
        with self._session(every[0] if every else "") as session:
            for answer in session.ask([on_path(Kind.REMOVE, self._path(name)) for name in every], all_of_them=True):
                if code(answer) != NO_SUCH_FILE:
                    check([answer])

    def close(self) -> None:
        """As `Remote.close`."""
        with self._lock:
            for session in self._sessions:
                session.close()
            self._sessions = []

    def _path(self, name: str) -> bytes:
        return self._root + b"/" + os.fsencode(name)

    @contextlib.contextmanager
    def _session(self, name: str) -> Iterator[Session]:
        """A conversation with the server, of which what it refuses is said about that name."""
        session = self._joined()
        try:
            yield session
        except StatusError as error:
            raise self._meaning(name, error) from error
        finally:
            with self._lock:
                session.users -= 1

    def _joined(self) -> Session:
        """The conversation that the fewest have; another one as long as there may be more."""
        failure = self._failure
        with self._lock:
            if self._failure is not failure and self._failure is not None:
                raise type(self._failure)(self._failure.message, hint=self._failure.hint)  # somebody has just tried
            self._sessions = [session for session in self._sessions if not session.closed]
            least = min(self._sessions, key=lambda session: session.users, default=None)
            if least is None:
                least = self._first()
            elif least.users and len(self._sessions) < self._most:
                least = self._another() or least
            least.users += 1
            return least

    def _first(self) -> Session:
        """The first, for which somebody may be asked a passphrase."""
        try:
            self._sessions.append(Session(Tunnel(self._call)))
        except RemoteError as error:
            self._failure = error
            raise
        return self._sessions[0]

    def _another(self) -> Session | None:
        """One more, for which nobody is asked; if it cannot be had, those that there are will do."""
        try:
            self._sessions.append(Session(Tunnel(self._call._replace(ask=False))))
        except RemoteError:
            self._most = 1
            return None
        return self._sessions[-1]

    def _meaning(self, name: str, error: StatusError) -> RemoteError:
        if error.code == NO_SUCH_FILE:
            return RemoteMissingError(f'"{name}" is not on {self.url}')
        if error.code == PERMISSION_DENIED:
            return RemoteRefusedError(f'"{name}" on {self.url}: permission denied')
        words = "".join(c if c.isprintable() else "?" for c in str(error)) or f"error {error.code}"
        if error.code in {NO_CONNECTION, CONNECTION_LOST}:
            return UnreachableError(f'"{name}" on {self.url}: {words}')
        where = shlex.quote(self._call.address.path)
        hint = f"it does not say why; see whether its disk is full: {typed(self._call.address)} df {where}"
        return RemoteError(f'"{name}" on {self.url}: the server says "{words}"', hint=hint)


def _root(path: str) -> str:
    """An SFTP server begins at home, and does not know what a tilde is."""
    return path.removeprefix("~/").rstrip("/") or ("" if path.startswith("/") else ".")
