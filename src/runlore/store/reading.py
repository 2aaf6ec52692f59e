"""Files of a store, opened as what a stranger may have put there: nothing is waited on or followed."""

import errno
import os
import stat

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | getattr(os, "O_NOCTTY", 0)
FOLDER_ALONE = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
"""How a folder is opened that must be one: not what a link of its name leads to."""
MOST = 1 << 30
"""Bytes: no record and no pack's data is longer."""


def open_plain(path: str) -> int:
    """A descriptor to read the file at ``path`` by.

    Raises:
        OSError: it cannot be read, or is a link, a pipe, a folder.
    """
    try:
        file = os.open(path, _FLAGS)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "a symbolic link, not a file", path) from error
        raise
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(errno.EINVAL, "not a file", path)
    return file


def read_plain(path: str) -> bytes:
    """The bytes of the file at ``path``; raises as `open_plain`, and for more of them than any record has."""
    file = open_plain(path)
    try:
        size = os.fstat(file).st_size
        if size > MOST:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
        data = os.read(file, size + 1)
        if len(data) != size:  # it grew, or did not come at once
            with open(file, "rb", closefd=False) as rest:
                data += rest.read(MOST + 1 - len(data))
        return data
    finally:
        os.close(file)
