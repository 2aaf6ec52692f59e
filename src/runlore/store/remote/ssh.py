"""A folder on another machine, over SFTP: what `ssh HOST` reaches is a remote."""

import contextlib
import os
import shlex
import stat
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
from runlore.store.remote.sessions import Sessions
from runlore.store.remote.sftp import Session
from runlore.store.remote.tunnel import Call, typed

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
        self._sessions = Sessions(call, workers)

    @property
    def moved(self) -> int:
        """As `Remote.moved`."""
        return self._sessions.moved

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
        self._sessions.close()

    def _path(self, name: str) -> bytes:
        return self._root + b"/" + os.fsencode(name)

    @contextlib.contextmanager
    def _session(self, name: str) -> Iterator[Session]:
        """A conversation with the server, of which what it refuses is said about that name."""
        with self._sessions.one() as session:
            try:
                yield session
            except StatusError as error:
                raise self._meaning(name, error) from error

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
