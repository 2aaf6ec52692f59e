"""What to ask an index, a repository or an address for: the packages of a record as requirements (PEP 508)."""

import os
import re
from collections.abc import Container, Iterable
from urllib.parse import unquote, urlsplit

from runlore.records.environment import Package

# A record may come from a stranger: nothing in it may become a line or an option of its own.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]*")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[\x21-\x7e]+")
_FROM_URL = frozenset(("vcs", "archive"))


def requirement(package: Package) -> str | None:
    """The line that gives this package again; ``None`` for what nothing gives.

    A file or folder that somebody installed from is asked for only where it still is.
    """
    if not _NAME.fullmatch(package.name) or not _VERSION.fullmatch(package.version):
        return None
    if package.source is None:
        return f"{package.name}=={package.version}"
    if package.url is None or not _URL.fullmatch(package.url):
        return None
    if package.source in _FROM_URL or (package.source == "local" and _is_there(package.url)):
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
