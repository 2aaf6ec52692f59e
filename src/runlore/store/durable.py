"""Files that are there whole or not at all, also after a power cut."""

import contextlib
import errno
import os
from collections.abc import Iterator

from runlore.errors import StoreWriteError

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "the operation is not permitted",
    errno.EIO: "the disk reports an error",
    errno.EFBIG: "files may not become so large (ulimit -f)",
}
_HINTS = {
    errno.ENOSPC: "free some space; nothing that was recorded before is affected",
    errno.EDQUOT: "free some space; nothing that was recorded before is affected",
    errno.EROFS: "work in a folder that can be written",
    errno.EACCES: 'the folder ".mlrun" must belong to you and be writable',
}


@contextlib.contextmanager
def writing(what: str) -> Iterator[None]:
    """Turn the operating system's refusal to write into a `StoreWriteError` that names ``what``."""
    try:
        yield
    except OSError as error:
        raise StoreWriteError(f"cannot write {what}: {reason(error)}", hint=_HINTS.get(error.errno or 0)) from error


def reason(error: OSError) -> str:
    """Why the operating system refused, in words."""
    return _REASONS.get(error.errno or 0) or os.strerror(error.errno or 0)


def fresh_name() -> str:
    """A name nobody else uses, for something unfinished."""
    return f"{os.getpid()}-{os.urandom(8).hex()}"


def clock(tmp: str) -> int:
    """What time the file system gives a file changed now (nanoseconds); 0 if it cannot be told."""
    path = os.path.join(tmp, fresh_name())
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError:
        return 0
    try:
        return os.fstat(file).st_mtime_ns
    finally:
        os.close(file)
        forget(path)


def forget(path: str) -> None:
    """Remove an unfinished file, as far as that is possible: whoever sweeps `tmp` next removes what stays."""
    with contextlib.suppress(OSError):
        os.unlink(path)


def fsync_folder(path: str) -> None:
    """Make names added to or removed from a folder durable."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write every byte: one ``write`` may take only a part, and at most 2 GiB."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def write_synced(path: str, data: bytes, *, mode: int = 0o444) -> None:
    """A new file with these bytes, durable but for its name; none if that fails."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    except OSError:
        forget(path)
        raise
    finally:
        os.close(descriptor)


def link(temporary: str, path: str) -> bool:
    """Give a finished file its name unless something has it already; False then."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    return True


def publish(temporary: str, path: str) -> bool:
    """`link`, durable on return. The temporary name goes last: while it is there the other may not be durable.

    Where the other cannot be made so it stays, for whoever sweeps `tmp` to try again: somebody may rely on the name.
    """
    try:
        created = link(temporary, path)
    except OSError:
        forget(temporary)
        raise
    fsync_folder(os.path.dirname(path))
    forget(temporary)
    return created


def create(path: str, data: bytes, *, tmp: str, mode: int = 0o444) -> bool:
    """Create ``path`` with these bytes, durable, by way of the folder ``tmp``; False if it exists already."""
    temporary = os.path.join(tmp, fresh_name())
    write_synced(temporary, data, mode=mode)
    return publish(temporary, path)


def replace(path: str, data: bytes, *, tmp: str) -> None:
    """Give ``path`` these bytes in one step, durable, whatever it held before."""
    temporary = os.path.join(tmp, fresh_name())
    write_synced(temporary, data, mode=0o644)
    try:
        os.replace(temporary, path)
    except OSError:
        forget(temporary)
        raise
    fsync_folder(os.path.dirname(path))
