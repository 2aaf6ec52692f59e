"""A folder as a remote: on this disk, a USB stick, a network mount."""

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterable, Iterator

from runlore.errors import RemoteError, RemoteMissingError, RemoteRefusedError, UnreachableError
from runlore.store.durable import forget, fresh_name, fsync_folder, reason, write_all
from runlore.store.reading import open_plain
from runlore.store.remote.port import Stat

_REFUSALS = frozenset((errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.EINVAL))
_PASSING = frozenset((errno.EIO, errno.ETIMEDOUT, errno.ESTALE, errno.EHOSTDOWN, errno.ENOTCONN, errno.ECONNABORTED))
"""What a network mount says while its server is away."""
_UNFINISHED = ".tmp-"
_LARGE = 1 << 20
_BLOCK = 4096
"""Bytes of which every disk takes a multiple, from a multiple of them on."""
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
_CANNOT = frozenset((errno.EINVAL, errno.EOPNOTSUPP))
_DEEPEST = 8
"""Folders in each other that are looked into: no remote of ours has more than two."""


class Folder:
    """A `Remote` in the folder ``root``, which is made by the first write."""

    workers = 4
    proves = False
    moved = 0

    def __init__(self, root: str, *, url: str | None = None) -> None:
        """``root`` is absolute."""
        self.root = root
        self.url = url or root

    def names(self, folder: str) -> Iterator[Stat]:
        """As `Remote.names`; unfinished files are none."""
        waiting = [folder]
        while waiting:
            at = waiting.pop()
            for name, found in self._entries(at):
                if stat.S_ISDIR(found.st_mode) and at.count("/") < _DEEPEST:
                    waiting.append(f"{at}/{name}")
                elif stat.S_ISREG(found.st_mode) and not name.startswith(_UNFINISHED):
                    yield Stat(f"{at}/{name}", found.st_size, found.st_mtime)

    def _entries(self, folder: str) -> Iterator[tuple[str, os.stat_result]]:
        """What is directly in a folder; what goes while we look is not there, and links lead nowhere."""
        with self._translated(folder), contextlib.suppress(FileNotFoundError), os.scandir(self._path(folder)) as found:
            for each in found:
                with contextlib.suppress(FileNotFoundError):
                    yield each.name, each.stat(follow_symlinks=False)

    def stat(self, name: str) -> Stat | None:
        """As `Remote.stat`."""
        with self._translated(name):
            try:
                found = os.lstat(self._path(name))
            except FileNotFoundError:
                return None
        return Stat(name, found.st_size, found.st_mtime) if stat.S_ISREG(found.st_mode) else None

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """As `Remote.read`."""
        with self._translated(name), open(open_plain(self._path(name)), "rb", buffering=0) as file:
            wanted = os.fstat(file.fileno()).st_size - start if length is None else length
            data = _read(file.fileno(), start, wanted)
        if len(data) != wanted:
            raise UnreachableError(f'"{name}" on {self.url} ends too early: {len(data):,} of {wanted:,} bytes')
        return data

    def write(self, name: str, data: bytes | memoryview) -> None:
        """As `Remote.write`."""
        self._put(name, data, new=False)

    def create(self, name: str, data: bytes) -> bool:
        """As `Remote.create`."""
        return self._put(name, data, new=True)

    def _put(self, name: str, data: bytes | memoryview, *, new: bool) -> bool:
        with self._translated(name):
            path = self._path(name)
            above = os.path.dirname(path)
            _make_folder(above)
            temporary = f"{above}/{_UNFINISHED}{fresh_name()}"
            try:
                _write_synced(temporary, data)
                created = _link(temporary, path) if new else _replace(temporary, path)
            finally:
                forget(temporary)
            fsync_folder(above)
        return created

    def delete(self, names: Iterable[str]) -> None:
        """As `Remote.delete`."""
        for name in names:
            with self._translated(name), contextlib.suppress(FileNotFoundError):
                os.unlink(self._path(name))

    def unfinished(self) -> Iterator[str]:
        """What killed writers left behind, by name: for who cleans."""
        waiting = ["packs", "index", "objects", "gc"]
        while waiting:
            at = waiting.pop()
            for name, found in self._entries(at):
                if stat.S_ISDIR(found.st_mode) and at.count("/") < _DEEPEST:
                    waiting.append(f"{at}/{name}")
                elif name.startswith(_UNFINISHED):
                    yield f"{at}/{name}"

    def close(self) -> None:
        """Nothing is held open."""

    def _path(self, name: str) -> str:
        """Where a file is. A folder on the way that is a link leads where a stranger wants: it is refused."""
        above = self.root
        for part in name.split("/")[:-1]:
            above = f"{above}/{part}"
            if os.path.islink(above):
                raise OSError(errno.ELOOP, "a symbolic link, not a folder", above)
        return f"{self.root}/{name}"

    @contextlib.contextmanager
    def _translated(self, name: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise RemoteMissingError(f'"{name}" is not on {self.url}') from error
        except OSError as error:
            message = f'"{name}" on {self.url}: {reason(error)}'
            kind = RemoteRefusedError if error.errno in _REFUSALS else RemoteError
            raise (UnreachableError if error.errno in _PASSING else kind)(message) from error


def _read(file: int, start: int, length: int) -> bytes:
    """Up to ``length`` bytes; one call gives at most 2 GiB, and on some mounts fewer."""
    pieces = []
    while length and (piece := os.pread(file, length, start)):
        pieces.append(piece)
        start += len(piece)
        length -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _make_folder(path: str) -> None:
    """Make a folder, and those above it that are missing, durable with their names."""
    made = []
    at = path
    while not os.path.isdir(at):
        made.append(at)
        at = os.path.dirname(at)
    if made:
        os.makedirs(path, exist_ok=True)
    for each in made:
        fsync_folder(os.path.dirname(each))


def _write_synced(path: str, data: bytes | memoryview) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o444)
    try:
        rest = memoryview(data)
        if len(data) >= _LARGE:
            done = _write_past_cache(file, rest)
            if not done:
                _reserve(file, len(rest))
            rest = rest[done:]
        write_all(file, rest)
        os.fsync(file)
    finally:
        os.close(file)


def _reserve(file: int, size: int) -> None:
    """Set the space aside: ext4 then copies with a fifth of the CPU, and a full disk is found before it is full.

    Where that cannot be done nothing is: C's `posix_fallocate` would write to each block instead.
    """
    import ctypes  # noqa: PLC0415 - nothing but a large file needs it

    library = ctypes.CDLL(None, use_errno=True)
    reserve = getattr(library, "fallocate64", None) or getattr(library, "fallocate", None)
    if reserve and reserve(file, 0, ctypes.c_int64(0), ctypes.c_int64(size)) and ctypes.get_errno() in _FULL:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _write_past_cache(file: int, data: memoryview) -> int:
    """Let the disk take the data from where it lies in memory; how many bytes of it, none where that cannot be done.

    They are durable with the next `fsync`, as if they had been copied into the kernel's cache first. That copy would
    take twenty times the CPU, the disk would idle meanwhile, and what is read back would not come from the disk. Which
    file systems can do it, and for which memory, is found by trying: as a rule for whole blocks at the start of a page.
    """
    whole, done = len(data) - len(data) % _BLOCK, 0
    flags = fcntl.fcntl(file, fcntl.F_GETFL)
    try:
        fcntl.fcntl(file, fcntl.F_SETFL, flags | os.O_DIRECT)
    except OSError:
        return 0
    try:
        while done < whole and done % _BLOCK == 0:
            done += os.write(file, data[done:whole])
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
    finally:
        fcntl.fcntl(file, fcntl.F_SETFL, flags)
    return done


def _replace(temporary: str, path: str) -> bool:
    os.replace(temporary, path)
    return True


def _link(temporary: str, path: str) -> bool:
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}:
            raise
        if os.path.lexists(path):  # no hard links here, as on FAT and some network mounts
            return False
        os.rename(temporary, path)
    return True
