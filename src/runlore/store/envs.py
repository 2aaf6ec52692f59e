"""`envs/`: environments that were made again from records. A cache: what is missing there is made when it is wanted.

An environment is the folder `NAME`, made under the lock of the file `NAME.lock`; `complete.json` in it is written
last. A folder without that, whose lock nobody holds, is what a killed process left.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
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


def unused_since(envs: str, living: Mapping[str, int], since: float) -> Iterator[str]:
    """The names of whole environments that nobody has used since then (seconds since 1970).

    ``living`` says of the environments of runs that are here when the last of them began.
    """
    for name in _names(envs):
        with contextlib.suppress(OSError):
            made = os.stat(f"{envs}/{name}/{MARKER}").st_mtime
            if max(made, living.get(name.partition("-")[0], 0)) < since:
                yield name


def unmade(envs: str, name: str) -> AbstractContextManager[bool]:
    """Whether nobody is making the environment, nor will while the block lasts."""
    return _nobodys(f"{envs}/{name}{LOCK}")


def _names(envs: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(envs) if not name.endswith(LOCK))
    except OSError:
        return []


def _unmarked(envs: str) -> list[str]:
    return [name for name in _names(envs) if not os.path.exists(f"{envs}/{name}/{MARKER}")]


def _nobodys(lock: str) -> AbstractContextManager[bool]:
    """As `unused`; a lock that is not there is nobody's."""
    return unused(lock) if os.path.lexists(lock) else nullcontext(True)
