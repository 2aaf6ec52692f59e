"""What to ask an index, a repository or an address for: the packages of a record as requirements (PEP 508)."""

import os
from collections.abc import Container, Iterable
from urllib.parse import unquote, urlsplit

from runlore.records.environment import Package

_FROM_URL = frozenset(("vcs", "archive"))


def requirement(package: Package) -> str | None:
    """The line that gives this package again; ``None`` for what nothing gives.

    A file or folder that somebody installed from is asked for only where it still is.
    """
    if not package.version:
        return None
    if package.source is None:
        return f"{package.name}=={package.version}"
    if package.source in _FROM_URL and package.url:
        return f"{package.name} @ {package.url}"
    if package.source == "local" and package.url and _is_there(package.url):
        return f"{package.name} @ {package.url}"
    return None


def split(packages: Iterable[Package], kept: Container[str]) -> tuple[dict[str, str], list[Package]]:
    """The lines by name for all that is not kept, and the packages that nothing gives."""
    lines: dict[str, str] = {}
    lost = []
    for package in packages:
        if package.name in kept:
            continue
        line = requirement(package)
        if line is None:
            lost.append(package)
        else:
            lines[package.name] = line
    return lines, lost


def why_lost(package: Package) -> str:
    """What a person has to know of a package that nothing gives."""
    if package.source == "editable":
        return f"{package.version} was installed in editable mode, and its files are not in the store"
    if package.source == "local":
        return f'{package.version} was installed from "{package.url}", which is gone, and is not in the store'
    return f"{package.version} came from no index that is known, and is not in the store"


def _is_there(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "file" and os.path.exists(unquote(parts.path))
