"""When a folder was made, which Python does not tell on Linux: ``statx(2)``."""

import ctypes
import functools
import os
import struct
from collections.abc import Callable, Iterable

_HERE, _NO_FOLLOW, _BIRTH = -100, 0x100, 0x800
"""``AT_FDCWD``, ``AT_SYMLINK_NOFOLLOW`` and ``STATX_BTIME`` of linux/fcntl.h and linux/stat.h."""
_BUFFER = 256
_MASK, _TIME = struct.Struct("=I"), struct.Struct("=qI")
_BIRTH_AT = 80
"""Where ``stx_btime`` lies in ``struct statx``."""


def born_at(path: bytes) -> int | None:
    """Nanoseconds since 1970 UTC; ``None`` where the system or the file system does not know, or nothing is there."""
    ask = _statx()
    buffer = ctypes.create_string_buffer(_BUFFER)
    if ask is None or ask(_HERE, path, _NO_FOLLOW, _BIRTH, buffer) or not _MASK.unpack_from(buffer)[0] & _BIRTH:
        return None
    seconds, rest = _TIME.unpack_from(buffer, _BIRTH_AT)
    return int(seconds * 1_000_000_000 + rest)


def made_since(folders: Iterable[bytes], top: bytes, when: int) -> tuple[bytes, ...]:
    """Of these folders below ``top``, and of those that they lie in, the outermost that were made after ``when``."""
    made: set[bytes] = set()
    for folder in set(folders):
        outermost = b""
        while folder.startswith(top + b"/") and (born := born_at(folder)) is not None and born > when:
            outermost, folder = folder, os.path.dirname(folder)  # noqa: PLW2901 - upward, as far as they are new
        made |= {outermost} - {b""}
    return tuple(sorted(made))


@functools.cache
def _statx() -> Callable[..., int] | None:
    """The C library's function, where it has one."""
    try:
        found: Callable[..., int] = ctypes.CDLL(None, use_errno=True).statx
    except (OSError, AttributeError):
        return None
    return found
