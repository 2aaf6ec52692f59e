"""Whatever fsspec opens as a remote: Google's and Azure's buckets, WebDAV, HDFS and more. The only door of fsspec."""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from runlore.errors import NoSuchRemoteError, RemoteError, RemoteMissingError, RemoteRefusedError, UnreachableError
from runlore.store.durable import fresh_name
from runlore.store.remote.foreign import meant
from runlore.store.remote.port import Stat

try:
    import fsspec
    from fsspec.spec import AbstractFileSystem
except ModuleNotFoundError as error:
    raise NoSuchRemoteError("for such a remote a package is missing", hint='pip install "runlore[remotes]"') from error

_UNFINISHED = ".tmp-"
_WRITTEN = ("packs", "index", "objects", "gc")
"""The folders in which something is written."""
_DEEPEST = 8
"""Folders in each other that are looked into: no remote of ours has more than two."""
_NO_NAME = re.compile(r"[?#]")
"""Pages that list a folder link to themselves in another order, too."""


class Filesystem:
    """A `Remote` in a folder of a file system of fsspec."""

    workers = 4
    proves = False
    moved = 0

    def __init__(self, system: AbstractFileSystem, root: str, *, url: str, whole: bool, read_only: bool) -> None:
        """``whole`` says that nobody sees a part of what is put; else files get their names when all of them is there.

        On file systems of fsspec that cannot rename, which are few, that is a copy and may be seen half done.
        """
        self.url = url
        self._system = system
        self._root = root.rstrip("/")
        self._whole = whole
        self._read_only = read_only
        self._kind = url.partition("://")[0]

    def names(self, folder: str) -> Iterator[Stat]:
        """As `Remote.names`; unfinished files are none."""
        found = {name: each for name, each in self._found(folder).items() if not _is_unfinished(name)}
        if all(each.get("size") is not None for each in found.values()):
            yield from (_stat(name, each) for name, each in found.items())
            return
        # A page of links says no more than names.
        with ThreadPoolExecutor(self.workers) as pool:
            yield from (each for each in pool.map(self.stat, found) if each is not None)

    def unfinished(self) -> Iterator[str]:
        """What killed writers left behind, by name: for who cleans."""
        if not self._whole:
            yield from (name for folder in _WRITTEN for name in self._found(folder) if _is_unfinished(name))

    def stat(self, name: str) -> Stat | None:
        """As `Remote.stat`."""
        with self._translated(name):
            self._system.invalidate_cache()
            try:
                found = self._system.info(self._path(name))
            except (FileNotFoundError, NotADirectoryError):
                return None
        return _stat(name, found) if found["type"] == "file" else None

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """As `Remote.read`."""
        found = self.stat(name)
        if found is None:
            raise RemoteMissingError(f'"{name}" is not on {self.url}')
        wanted = found.size - start if length is None else length
        data = b""
        if wanted > 0 and start < found.size:
            with self._translated(name):
                data = self._fetch(self._path(name), start, start + wanted)
            if wanted < len(data) == found.size:
                data = data[start : start + wanted]  # a server that gives no parts
        if len(data) != wanted:
            raise UnreachableError(f'"{name}" on {self.url} ends too early: {len(data):,} of {wanted:,} bytes')
        return data

    def write(self, name: str, data: bytes | memoryview) -> None:
        """As `Remote.write`, as far as the file system makes it durable."""
        self._check_writable()
        path = self._path(name)
        with self._translated(name, writes=True):
            if self._whole:
                self._system.pipe_file(path, bytes(data))
                return
            temporary = f"{path.rpartition('/')[0]}/{_UNFINISHED}{fresh_name()}"
            try:
                self._put(temporary, bytes(data))
                self._rename(temporary, path)
            except BaseException:
                with contextlib.suppress(RemoteError), self._translated(name):
                    self._system.rm_file(temporary)
                raise

    def create(self, name: str, data: bytes) -> bool:
        """As `Remote.create`. Stores of objects can tell; no other file system of fsspec can."""
        if not self._whole:
            self.write(name, data)
            return True
        self._check_writable()
        with self._translated(name, writes=True):
            try:
                self._system.pipe_file(self._path(name), data, mode="create")
            except FileExistsError:
                return False
            except NotImplementedError:
                self._system.pipe_file(self._path(name), data)
        return True

    def delete(self, names: Iterable[str]) -> None:
        """As `Remote.delete`."""
        self._check_writable()
        for name in names:
            with contextlib.suppress(RemoteMissingError), self._translated(name):
                self._system.rm_file(self._path(name))

    def close(self) -> None:
        """What the file system holds open it closes by itself."""

    def _fetch(self, path: str, start: int, stop: int) -> bytes:
        """These bytes of a file, or all that it has."""
        return bytes(self._system.cat_file(path, start=start, end=stop))

    def _put(self, path: str, data: bytes) -> None:
        """Make a file, and the folders above it."""
        self._system.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._system.pipe_file(path, data)

    def _rename(self, path: str, name: str) -> None:
        """Give a file another name, also if there is one of that name."""
        self._system.mv(path, name)

    def _found(self, folder: str) -> dict[str, Mapping[str, Any]]:
        """What fsspec tells of every file below the folder, by name."""
        with self._translated(folder):
            self._system.invalidate_cache()
            find = self._flat if self._whole else self._walk
            found = dict(find(self._path(folder)))
        top = len(self._root.strip("/"))  # some tell paths with a slash before them, some without
        by_name = {path.strip("/")[top:].lstrip("/"): each for path, each in found.items()}
        return {
            name: each
            for name, each in by_name.items()
            if name.startswith(f"{folder}/") and not (self._read_only and _NO_NAME.search(name))
        }

    def _flat(self, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Stores of objects list what begins alike, in any folder."""
        with contextlib.suppress(FileNotFoundError):
            yield from self._system.find(path, detail=True).items()

    def _walk(self, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """From folder to folder. fsspec's own `find` leaves out those that it cannot look into, and says nothing."""
        waiting = [(path, 0)]
        while waiting:
            at, depth = waiting.pop()
            try:
                listed = self._system.ls(at, detail=True)
            except (FileNotFoundError, NotADirectoryError):
                continue  # what goes while we look is not there
            for each in listed:
                if each["type"] == "file":
                    yield each["name"], each
                elif depth < _DEEPEST and each["name"].strip("/") != at.strip("/"):
                    waiting.append((each["name"], depth + 1))

    def _check_writable(self) -> None:
        if self._read_only:
            hint = "push to where its files come from, by another URL"
            raise RemoteRefusedError(f"{self.url} can only be read", hint=hint)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextlib.contextmanager
    def _translated(self, name: str, *, writes: bool = False) -> Iterator[None]:
        try:
            yield
        except RemoteError:
            raise
        except Exception as error:  # each of the file systems raises its own, and none says which
            found = meant(error, f'"{name}" on {self.url}', self._kind)
            if not isinstance(found, RemoteMissingError):
                raise found from error
            if not writes:
                raise RemoteMissingError(f'"{name}" is not on {self.url}') from error
            hint = "make it first: mlrun makes folders, but no buckets and no containers"
            raise RemoteMissingError(f"there is no such place as {self.url}", hint=hint) from error


def class_of(kind: str, package: str | None) -> type[AbstractFileSystem]:
    """The file system of that kind, which ``package`` brings.

    Raises:
        NoSuchRemoteError: none of that kind is known, or it is not installed.
    """
    try:
        found: type[AbstractFileSystem] = fsspec.get_filesystem_class(kind)
    except ValueError as error:
        raise NoSuchRemoteError(f"no kind of remote is called {kind}://") from error
    except ImportError as error:
        hint = f'pip install "{package}"' if package else str(error)
        raise NoSuchRemoteError(f"for {kind}:// a package is missing", hint=hint) from error
    return found


def _is_unfinished(name: str) -> bool:
    return os.path.basename(name).startswith(_UNFINISHED)


def _stat(name: str, found: Mapping[str, Any]) -> Stat:
    return Stat(name, int(found.get("size") or 0), _written(found))


def _written(found: Mapping[str, Any]) -> float:
    """When a file was written, in whole seconds; 0 where it is not said. Each file system calls it otherwise."""
    for name in ("mtime", "updated", "last_modified", "LastModified", "Last-Modified", "modified", "created"):
        value = found.get(name)
        if name == "Last-Modified" and value:
            with contextlib.suppress(ValueError):
                value = parsedate_to_datetime(value)
        if isinstance(value, datetime):
            return float(int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()))
        if isinstance(value, int | float):
            return float(int(value))
    return 0.0
