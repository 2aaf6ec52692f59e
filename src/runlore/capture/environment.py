"""The environment of a run: every distribution on the path of the interpreter that reported itself.

`importlib.metadata` is not asked: it knows this process's path, not the child's, and takes twice as long.
"""

import os
import stat
import time
from typing import Protocol

from runlore.capture.distributions import Found, read_folder
from runlore.capture.interpreter import Interpreter
from runlore.records.canonical import Json, decode, encode
from runlore.records.environment import Environment, Package

_KEY = b"packages of a folder, 1\0"

# A change within the tick of the filesystem's clock that its last one fell into leaves no trace in its
# times. Ticks are up to 2 s long (FAT); what is that young is read again.
_SETTLED_NS = 2_000_000_000


class Cache(Protocol):
    """Facts that outlive the process; any of them may be gone."""

    def get(self, key: bytes) -> bytes | None:
        """What was put under ``key``, or ``None``."""

    def put(self, key: bytes, value: bytes) -> None:
        """Remember ``value``, in the place of what was under ``key``."""


def read_environment(interpreter: Interpreter, cache: Cache | None) -> Environment:
    """The interpreter's environment, as importing sees it: of two copies, the first on the path counts.

    ``cache`` spares reading folders that did not change since; an edit inside one distribution's
    metadata, which no installer makes without replacing the folder, does not show in their times.
    A free-threaded or debug build says so in ``python``, as ``3.13.0t``.
    """
    packages: dict[str, Package] = {}
    for entry in dict.fromkeys(interpreter.path):
        for package in packages_in(entry, cache):
            packages.setdefault(package.name, package)
    return Environment(
        python=interpreter.version + "".join(flag for flag in interpreter.abiflags if flag in "td"),
        implementation=interpreter.implementation,
        platform=interpreter.platform,
        packages=tuple(packages[name] for name in sorted(packages)),
    )


def is_remembered(interpreter: Interpreter, cache: Cache) -> bool:
    """Whether reading this environment again would read nothing but ``cache``, until one of its folders changes."""
    return all(_remembers(entry, cache) for entry in interpreter.path if os.path.isdir(entry))


def _remembers(entry: str, cache: Cache) -> bool:
    folder = os.path.realpath(entry)
    return _known(cache.get(_KEY + os.fsencode(folder)), _state(os.stat(folder))) is not None


def _state(about: os.stat_result) -> list[int]:
    return [about.st_dev, about.st_ino, about.st_mtime_ns, about.st_ctime_ns]


def packages_in(entry: str, cache: Cache | None) -> tuple[Package, ...]:
    """The packages of one folder of a path; ``cache`` as for `read_environment`."""
    try:
        folder = os.path.realpath(entry)
        about = os.stat(folder)
    except (OSError, ValueError):
        return ()
    if cache is None or not stat.S_ISDIR(about.st_mode):
        return read_folder(entry).packages
    state = _state(about)
    key = _KEY + os.fsencode(folder)
    if (known := _known(cache.get(key), state)) is not None:
        return known
    found = read_folder(entry)
    if found.lasting and time.time_ns() - max(about.st_mtime_ns, about.st_ctime_ns) >= _SETTLED_NS:
        cache.put(key, _encoded(found, state))
    return found.packages


def _encoded(found: Found, state: list[int]) -> bytes:
    rows = [(each.name, each.version, each.digest, each.source, each.url) for each in found.packages]
    return encode([state, rows])


def _known(value: bytes | None, state: list[int]) -> tuple[Package, ...] | None:
    """The packages in a cached value if it is about this state; ``None`` for whatever it is else."""
    if value is None:
        return None
    try:
        then, rows = decode(value)
        return tuple(map(_package, rows)) if then == state else None
    except (TypeError, ValueError):
        return None


def _package(row: Json) -> Package:
    name, version, digest, source, url = row
    return Package(name=name, version=version, digest=digest, source=source, url=url)
