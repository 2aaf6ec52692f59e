"""Files that a person names for a result: they hold all of it or what they held. A device or a pipe is written to."""

import os
import stat

from runlore.store.durable import fresh_name


def write_out(path: str, data: bytes) -> None:
    """Give the file these bytes in one step, so that whoever looks at it sees the whole.

    What is no file, such as ``/dev/null`` and ``/dev/stdout``, stays what it is: for root a new file could take even
    the place of a device. Of a link it is the target that is written.

    Raises:
        OSError: it cannot be written.
    """
    if is_special(path):
        with open(path, "wb") as file:
            file.write(data)
        return
    path = os.path.realpath(path)
    temporary = os.path.join(os.path.dirname(path), f".{fresh_name()}")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
        os.replace(temporary, path)
    finally:
        if os.path.lexists(temporary):
            os.unlink(temporary)


def is_special(path: str) -> bool:
    """Whether a device, a pipe or a socket is there."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
