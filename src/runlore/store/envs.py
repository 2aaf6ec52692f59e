"""`envs/`: environments that were made again from records. A cache: what is missing there is made when it is wanted.

An environment is the folder `NAME`, made under the lock of the file `NAME.lock`; `complete.json` in it is written
last. A folder without that, whose lock nobody holds, is what a killed process left.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

from runlore.store.lock import unused

MARKER = "complete.json"
LOCK = ".lock"


def half_made(envs: str) -> Iterator[str]:
    """The names of the environments that are not whole and that nobody is making."""
    for name in _unmarked(envs):
        with _nobodys(f"{envs}/{name}{LOCK}") as free:
            if free:
                yield name


def sweep(envs: str) -> None:
    """Remove what killed processes left half-made. The locks stay: somebody may be waiting for one."""
    for name in _unmarked(envs):
        with _nobodys(f"{envs}/{name}{LOCK}") as free:
            if free and not os.path.exists(f"{envs}/{name}/{MARKER}"):
                shutil.rmtree(f"{envs}/{name}", ignore_errors=True)


def _unmarked(envs: str) -> list[str]:
    try:
        names = sorted(os.listdir(envs))
    except OSError:
        return []
    return [name for name in names if not name.endswith(LOCK) and not os.path.exists(f"{envs}/{name}/{MARKER}")]


def _nobodys(lock: str) -> AbstractContextManager[bool]:
    """As `unused`; a lock that is not there is nobody's."""
    return unused(lock) if os.path.lexists(lock) else nullcontext(True)
