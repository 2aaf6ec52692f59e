"""Whatever fsspec opens as a remote: Google's and Azure's buckets, WebDAV, HDFS and more. The only door of fsspec."""

import asyncio
import contextlib
import errno
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from runlore.errors import (
    NoSuchRemoteError,
    RemoteError,
    RemoteMissingError,
    RemoteRefusedError,
    UnreachableError,
    UsageError,
)
from runlore.store.durable import fresh_name
from runlore.store.remote.port import Stat
from runlore.store.remote.url import Address

try:
    import fsspec
    from fsspec.spec import AbstractFileSystem
except ModuleNotFoundError as error:
    raise NoSuchRemoteError("for such a remote a package is missing", hint='pip install "runlore[remotes]"') from error

_PACKAGES = {
    "abfs": "adlfs",
    "abfss": "adlfs",
    "az": "adlfs",
    "gcs": "gcsfs",
    "gs": "gcsfs",
    "hdfs": "pyarrow",
    "http": "aiohttp",
    "https": "aiohttp",
    "smb": "smbprotocol",
    "webdav": "webdav4[fsspec]",
}
_WHOLE = frozenset(("abfs", "abfss", "az", "gcs", "gs", "oci", "oss", "r2"))
"""Stores of objects: what is put there is seen whole or not at all, and is not put under another name first."""
_READ_ONLY = frozenset(("github", "http", "https"))
_WRAPPERS = ("async_wrapper", "blockcache", "cached", "dir", "filecache", "generic", "reference", "simplecache")
_ARCHIVES = ("git", "libarchive", "tar", "zip")
_NOT_OURS = frozenset((*_WRAPPERS, *_ARCHIVES, "data", "local", "memory", "s3a", "sftp", "ssh"))
"""Within another file, or gone with the process, or opened better by ourselves: fsspec's SSH accepts unknown hosts."""
_SECRET = re.compile(r"secret|passw|token|credential|sas|(^|_)key($|_)|account_key|connection_string", re.IGNORECASE)
_UNFINISHED = ".tmp-"
_REFUSALS = frozenset((401, 403))
_PASSING = frozenset((408, 429, 500, 502, 503, 504))
_PASSING_ERRNOS = frozenset((errno.EIO, errno.ETIMEDOUT, errno.ESTALE, errno.EHOSTDOWN, errno.EHOSTUNREACH))
_PASSING_NAMES = re.compile(r"Timeout|Connect|Disconnect|ServerError|ServiceRequest|ServiceResponse|PayloadError")


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

    def names(self, folder: str) -> Iterator[Stat]:
        """As `Remote.names`; unfinished files are none."""
        top = self._path(folder)
        with self._translated(folder):
            self._system.invalidate_cache()
            try:
                found = self._system.find(top, detail=True)
            except FileNotFoundError:
                return
        for path, each in found.items():
            name = path.rstrip("/")[len(self._root) + 1 :]
            if name.startswith(f"{folder}/") and not os.path.basename(name).startswith(_UNFINISHED):
                yield Stat(name, int(each.get("size") or 0), _written(each))

    def stat(self, name: str) -> Stat | None:
        """As `Remote.stat`."""
        with self._translated(name):
            self._system.invalidate_cache()
            try:
                found = self._system.info(self._path(name))
            except (FileNotFoundError, NotADirectoryError):
                return None
        return Stat(name, int(found.get("size") or 0), _written(found)) if found["type"] == "file" else None

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """As `Remote.read`."""
        found = self.stat(name)
        if found is None:
            raise RemoteMissingError(f'"{name}" is not on {self.url}')
        wanted = found.size - start if length is None else length
        data = b""
        if wanted > 0 and start < found.size:
            with self._translated(name):
                data = bytes(self._system.cat_file(self._path(name), start=start, end=start + wanted))
        if len(data) != wanted:
            raise UnreachableError(f'"{name}" on {self.url} ends too early: {len(data):,} of {wanted:,} bytes')
        return data

    def write(self, name: str, data: bytes | memoryview) -> None:
        """As `Remote.write`, as far as the file system makes it durable."""
        self._check_writable()
        path = self._path(name)
        with self._translated(name):
            if self._whole:
                self._system.pipe_file(path, bytes(data))
                return
            above = path.rpartition("/")[0]
            self._system.makedirs(above, exist_ok=True)
            temporary = f"{above}/{_UNFINISHED}{fresh_name()}"
            try:
                self._system.pipe_file(temporary, bytes(data))
                self._system.mv(temporary, path)
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
        with self._translated(name):
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
            with self._translated(name), contextlib.suppress(FileNotFoundError):
                self._system.rm_file(self._path(name))

    def close(self) -> None:
        """What the file system holds open it closes by itself."""

    def _check_writable(self) -> None:
        if self._read_only:
            raise RemoteRefusedError(f"{self.url} can only be read")

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextlib.contextmanager
    def _translated(self, name: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise RemoteMissingError(f'"{name}" is not on {self.url}') from error
        except Exception as error:  # each of the file systems raises its own, and none says which
            raise _meant(error, f'"{name}" on {self.url}') from error


def connect(address: Address) -> Filesystem:
    """The remote at a URL of any kind that fsspec knows.

    Raises:
        NoSuchRemoteError: none of that kind is known, or it is not installed, or it keeps nothing.
        UsageError: the file system does not take an option of the URL.
        RemoteError: it cannot be opened.
    """
    kind = address.scheme
    if kind in _NOT_OURS:
        raise NoSuchRemoteError(f"{kind}:// is no place to keep runs", hint="a folder, ssh://, s3://, gs://, az://")
    options = dict(address.options)
    for name in options:
        if _SECRET.search(name):
            hint = f"leave {name} out: it is taken from the files and variables of {_PACKAGES.get(kind, kind)}"
            raise UsageError("credentials do not belong in a remote's URL", hint=hint)
    plain = address.url.partition("?")[0]
    system = _class_of(kind)
    found: dict[str, Any] = {**system._get_kwargs_from_urls(plain), **options}  # noqa: SLF001 - fsspec's own way
    root = system._strip_protocol(plain)  # noqa: SLF001 - as above
    if kind == "webdav":
        # Its package is told by an option where the server is, and by no URL.
        found.setdefault("base_url", f"https://{address.host}")
        root = f"/{address.path}"
    try:
        opened = system(skip_instance_cache=True, use_listings_cache=False, **found)
    except TypeError as error:
        raise UsageError(f'"{address.url}" has an option too many or too few: {error}') from error
    except Exception as error:  # as in Filesystem._translated
        raise _meant(error, address.url) from error
    return Filesystem(opened, str(root), url=address.url, whole=kind in _WHOLE, read_only=kind in _READ_ONLY)


def _class_of(kind: str) -> type[AbstractFileSystem]:
    try:
        found: type[AbstractFileSystem] = fsspec.get_filesystem_class(kind)
    except ValueError as error:
        raise NoSuchRemoteError(f"no kind of remote is called {kind}://") from error
    except ImportError as error:
        package = _PACKAGES.get(kind)
        hint = f'pip install "{package}"' if package else str(error)
        raise NoSuchRemoteError(f"for {kind}:// a package is missing", hint=hint) from error
    return found


def _written(found: Mapping[str, Any]) -> float:
    """When a file was written, in whole seconds; 0 where it is not said. Each file system calls it otherwise."""
    for name in ("mtime", "updated", "last_modified", "LastModified", "modified", "created"):
        value = found.get(name)
        if isinstance(value, datetime):
            return float(int(value.timestamp()))
        if isinstance(value, int | float):
            return float(int(value))
    return 0.0


def _meant(error: Exception, what: str) -> RemoteError:
    """What an error of any library means: by its status if it has one, else by its number or name."""
    text = f"{what}: {str(error).partition(chr(10))[0][:200] or type(error).__name__}"
    statuses = [getattr(error, name, None) for name in ("status", "status_code", "code")]
    number = next((int(str(each)) for each in statuses if str(each).isdigit()), 0)
    if number in _REFUSALS or isinstance(error, PermissionError):
        return RemoteRefusedError(text, hint="see the credentials that its package uses, and what they may do")
    passing = isinstance(error, TimeoutError | ConnectionError | asyncio.TimeoutError) or number in _PASSING
    if passing or _PASSING_NAMES.search(type(error).__name__) or getattr(error, "errno", None) in _PASSING_ERRNOS:
        return UnreachableError(text)
    return RemoteError(text)
