"""Which of the installed distributions a run really imported, from the files of theirs that it read."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from runlore.capture.distributions import normal_name

_PLACES = re.compile(rb"(.*/(?:site|dist)-packages)/([^/]+)(/.*)?")
_MODULE = re.compile(rb"([^.]+)(?:\..*)?\.(?:py|pyc|so|pyd)|([^.]+)")
_NONE = frozenset((b"__pycache__", b"_distutils_hack", b"_virtualenv.py"))
"""What every interpreter reads when it starts, whatever the program imports."""
_METADATA = (".dist-info", ".egg-info")
_LARGEST = 16 << 20
"""Bytes of a RECORD beyond which it is not read."""


def imported(paths: Iterable[bytes]) -> tuple[str, ...]:
    """The names (PEP 503) of the distributions that the files ``paths`` belong to, sorted.

    A module or package at the top of a folder of packages stands for the distribution that installed it:
    usually that of its own name, else the one whose metadata lists it. What nobody lists is left out.
    """
    wanted: dict[bytes, set[str]] = defaultdict(set)
    for path in paths:
        if (found := _PLACES.fullmatch(path)) is not None and (name := _top(found[2])):
            wanted[found[1]].add(name)
    names: set[str] = set()
    for folder, modules in wanted.items():
        names |= _distributions(os.fsdecode(folder), modules)
    return tuple(sorted(names))


def _top(name: bytes) -> str | None:
    """The name to import for an entry of a folder of packages; ``None`` for metadata and what nobody asked for."""
    found = _MODULE.fullmatch(name)
    if found is None or name in _NONE:
        return None
    return os.fsdecode(found[1] or found[2])


def _distributions(folder: str, modules: set[str]) -> set[str]:
    """The distributions in ``folder`` that brought these modules."""
    try:
        metadata = {_named(name): f"{folder}/{name}" for name in os.listdir(folder) if name.endswith(_METADATA)}
    except OSError:
        return set()
    found = {normal_name(module) for module in modules} & metadata.keys()
    rest = {module for module in modules if normal_name(module) not in metadata}
    for name, path in sorted(metadata.items()):
        if not rest:
            break
        if brought := rest.intersection(_listed(path)):
            found.add(name)
            rest -= brought
    return found


def _named(metadata: str) -> str:
    return normal_name(metadata.rpartition(".")[0].partition("-")[0])


def _listed(metadata: str) -> Iterator[str]:
    """The modules that a distribution's metadata says it brought: by name, or by the files it installed."""
    if names := _read(metadata + "/top_level.txt"):
        yield from names.split()
        return
    for row in _read(metadata + "/RECORD").splitlines():
        first = row.partition(",")[0].partition("/")[0]
        if module := _top(os.fsencode(first)):
            yield module


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read(_LARGEST)
    except OSError:
        return ""
