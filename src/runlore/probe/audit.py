"""Sees by Python's audit events what this interpreter opens, and notes it where RUNLORE_AUDIT says.

An event comes before what it is about, and does not say whether that succeeds. So each file is looked at first: what
is not there cannot be read, and what is there cannot be made. It is noted once for each kind of use, and once
more when it has changed. Whatever goes wrong in here, the program goes on.
"""

from __future__ import annotations

import os
import stat
import sys
from _thread import get_ident
from time import time_ns

from .auditlog import NOTHING, Log, absolute, copied, encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from socket import socket
    from typing import Any, Union

    from .auditlog import Path

    Hook = Callable[[str, tuple[Any, ...]], None]
    Opened = Union[Path, int, None]

_MOST = 1 << 17  # uses that are remembered, so as not to note them twice: about 10 MB
_WRITTEN = (b"w", b"u")
_HERE = ("127.", "localhost", "::1", "0.0.0.0")  # noqa: S104 - nothing is bound to it
_DATAGRAM = 2


def install(variable: str) -> None:
    """Watch from now on. ``variable`` is ``started:limit:saved:folder``, as `capture.access.audited` writes it."""
    started, limit, saved, folder = variable.split(":", 3)
    log = Log(folder + "/audit")
    log.note(b"b", encoded(os.path.realpath(sys.executable or "")))
    files = _Files(log, int(started), int(limit), os.path.join(folder, saved))
    sys.addaudithook(_hook({**files.events(), **_Others(files).events()}))


def _hook(takes: Mapping[str, Callable[..., None]]) -> Hook:
    find = takes.get
    busy: set[int] = set()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        take = find(event)
        if take is None:
            return
        thread = get_ident()
        if thread in busy:
            return  # what we open ourselves
        busy.add(thread)
        try:
            take(*arguments)
        except Exception:
            pass
        finally:
            busy.discard(thread)

    return hook


class _Files:
    """Files opened, folders listed, names changed."""

    def __init__(self, log: Log, started: int, limit: int, saved: str) -> None:
        self._note = log.note
        self._started = started
        self._limit = limit
        self._saved = saved
        self._seen: set[int] = set()
        self._is_root = os.geteuid() == 0

    def events(self) -> dict[str, Callable[..., None]]:
        return {
            "open": self.open,
            "os.listdir": self._list,
            "os.scandir": self._list,
            "os.rename": self._rename,
            "os.remove": self._remove,
            "os.link": self._link,
            "os.truncate": self._truncate,
        }

    def open(self, path: Opened, mode: str | None, flags: int) -> None:
        """A file is about to be opened; ``flags`` are those of ``open(2)``, or ``mode`` is that of ``fopen``."""
        if path is None or isinstance(path, int):
            return
        if not flags and mode:
            flags = _flags(mode)
        if flags & os.O_ACCMODE:
            self.open_to_write(path, flags)
            return
        found = os.stat(path)
        if stat.S_ISREG(found.st_mode):
            self.once(b"r", path, found)
        elif stat.S_ISDIR(found.st_mode):
            self.once(b"l", path, found)

    def open_to_write(self, path: Path, flags: int) -> None:
        """A file is about to be opened to be written."""
        kind = b"u" if flags & os.O_ACCMODE == os.O_RDWR and not flags & os.O_TRUNC else b"w"
        try:
            found = os.stat(path)
        except FileNotFoundError:
            if flags & os.O_CREAT and os.path.isdir(os.path.dirname(absolute(path))):
                self._note(kind, absolute(path), new=1)
            return
        if stat.S_ISREG(found.st_mode) and not (flags & os.O_CREAT and flags & os.O_EXCL):
            self._set_aside(path, found)
            self.once(kind, path, found, NOTHING if flags & os.O_TRUNC else found)

    def once(self, kind: bytes, path: Path, found: os.stat_result, state: os.stat_result | None = None) -> None:
        """Note this, with its ``state`` or else as it was ``found``, unless it was noted and has not changed since."""
        if self._is_new((path, kind, found.st_mtime_ns, found.st_ino)) and (
            self._is_root or os.access(path, os.W_OK if kind in _WRITTEN else os.R_OK)
        ):
            self._note(kind, absolute(path), found=found if state is None else state)

    def say(self, kind: bytes, name: str) -> None:
        """Note a name that is none of a file, once."""
        if self._is_new((name, kind)):
            self._note(kind, encoded(name))

    def _is_new(self, use: tuple[object, ...]) -> bool:
        key = hash(use)
        if key in self._seen:
            return False
        if len(self._seen) < _MOST:
            self._seen.add(key)
        return True

    def _set_aside(self, path: Path, found: os.stat_result) -> None:
        """Keep what a file from before the run holds: it is about to be written over."""
        if found.st_ctime_ns < self._started and 0 < found.st_size <= self._limit:
            name = f"python-{os.getpid()}-{time_ns()}"
            if copied(path, os.path.join(self._saved, name)):
                self._note(b"s", absolute(path), name.encode())

    def _list(self, path: Opened) -> None:
        if not isinstance(path, int):
            path = "." if path is None else path
            self.once(b"l", path, os.stat(path))

    def _rename(self, source: Path, target: Path, source_at: int = -1, target_at: int = -1) -> None:
        source, target = absolute(source, source_at), absolute(target, target_at)
        os.lstat(source)
        if os.path.lexists(target):
            self._lose(target)
        self._note(b"m", source, target)

    def _remove(self, path: Path, folder_at: int = -1) -> None:
        self._lose(absolute(path, folder_at))

    def _lose(self, path: bytes) -> None:
        """This name is about to be taken from the file that has it."""
        found = os.lstat(path)
        if stat.S_ISREG(found.st_mode):
            self._set_aside(path, found)

    def _link(self, source: Path, target: Path, source_at: int = -1, target_at: int = -1) -> None:
        source, target = absolute(source, source_at), absolute(target, target_at)
        is_file = stat.S_ISREG(os.lstat(source).st_mode)
        if is_file and os.path.isdir(os.path.dirname(target)) and not os.path.lexists(target):
            self._note(b"k", source, target)

    def _truncate(self, path: Opened, _length: int) -> None:
        if path is not None and not isinstance(path, int):
            self.open_to_write(path, os.O_WRONLY | os.O_TRUNC)


class _Others:
    """Programs started, databases, the network."""

    def __init__(self, files: _Files) -> None:
        self._files = files

    def events(self) -> dict[str, Callable[..., None]]:
        return {
            "subprocess.Popen": self._popen,
            "os.exec": self._exec,
            "os.posix_spawn": self._exec,
            "os.system": self._system,
            "sqlite3.connect": self._database,
            "socket.connect": self._connect,
            "socket.getaddrinfo": self._resolve,
            "socket.gethostbyname": self._resolve,
        }

    def _popen(self, program: Path, _arguments: object, folder: Path | None, environ: Mapping[str, str] | None) -> None:
        self._exec(program, None, environ, folder)

    def _exec(
        self, program: Path, _arguments: object, environ: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> None:
        name = os.fsdecode(program)
        folders = [os.fsdecode(folder or "")] if "/" in name else os.get_exec_path(environ)
        for each in folders:
            place = os.path.join(each, name)
            if os.path.isfile(place) and os.access(place, os.X_OK):
                self._files.once(b"x", place, os.stat(place))
                return

    def _system(self, _command: object) -> None:
        self._exec("/bin/sh", None)

    def _database(self, database: Path) -> None:
        name = os.fsdecode(database)
        options = ""
        if name.startswith("file:"):
            name, _, options = name[5:].partition("?")
        if not name or name == ":memory:" or "mode=memory" in options:
            return
        if "mode=ro" in options or "immutable=1" in options:
            self._files.open(name, None, os.O_RDONLY)
        else:
            self._files.open_to_write(name, os.O_RDWR | os.O_CREAT)

    def _connect(self, by: socket, address: object) -> None:
        if not isinstance(address, tuple) or by.type & 15 == _DATAGRAM:
            return
        host = str(address[0])
        if not host.startswith(_HERE):
            self._files.say(b"c", f"[{host}]:{address[1]}" if ":" in host else f"{host}:{address[1]}")

    def _resolve(self, host: object, *_more: object) -> None:
        name = host.decode() if isinstance(host, bytes) else str(host or "")
        if name and not name.startswith(_HERE) and ":" not in name and not name.replace(".", "").isdigit():
            self._files.say(b"d", name)


def _flags(mode: str) -> int:
    """What ``fopen`` makes of a mode."""
    if mode.startswith("r"):
        return os.O_RDWR if "+" in mode else os.O_RDONLY
    made = os.O_CREAT | (os.O_TRUNC if mode.startswith("w") else 0)
    return made | (os.O_RDWR if "+" in mode else os.O_WRONLY)
