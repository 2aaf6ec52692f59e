"""An installed distribution, file by file, as its RECORD lists it."""

import base64
import csv
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from typing import NamedTuple

from runlore.capture.distributions import normal_name

_LARGE = 1 << 20
"""Bytes above which a file is known by its size alone."""
_MOST_RECORD = 1 << 28
_TOGETHER_NS = 60_000_000_000
"""Files of one distribution are written within this time of each other; what is later was edited."""
_METADATA = re.compile(r"(?P<name>[^-]+(?:-[^-]+)*?)-(?P<version>[^-]+(?:-py\d[^-]*)?)\.(?:dist|egg)-info")
_PYTHON_TAG = re.compile(r"-py\d[^-]*$")
_SIZE = re.compile(r"[0-9]{1,18}")
_ALGORITHMS = frozenset(("sha256", "sha384", "sha512"))


class Distribution(NamedTuple):
    """An installed distribution; ``info`` is the path of its metadata, ``folder`` that of the folder this is in."""

    name: str
    version: str
    folder: str
    info: str


class Listed(NamedTuple):
    """A row of RECORD: ``path`` relative to the folder of packages; ``digest`` as written, with its algorithm."""

    path: str
    digest: str
    size: int | None


def distributions(folder: str) -> Iterator[Distribution]:
    """Every distribution whose metadata, in the form of today or of old (``egg-info``), is in ``folder``."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in sorted(names):
        if (found := _METADATA.fullmatch(name)) is not None:
            version = found["version"] if name.endswith(".dist-info") else _PYTHON_TAG.sub("", found["version"])
            yield Distribution(normal_name(found["name"]), version, folder, f"{folder}/{name}")


def listed(distribution: Distribution) -> list[Listed]:
    """The rows of its RECORD; none without one."""
    try:
        with open(distribution.info + "/RECORD", encoding="utf-8", errors="surrogateescape", newline="") as file:
            text = file.read(_MOST_RECORD)
    except OSError:
        return []
    rows = []
    try:
        for row in csv.reader(text.splitlines()):
            if row and row[0] and "\0" not in row[0]:
                path, digest, size = (*row, "", "")[:3]
                rows.append(Listed(path, digest, int(size) if _SIZE.fullmatch(size) else None))
    except csv.Error:
        return []
    return rows


def is_relocated(distribution: Distribution) -> bool:
    """Whether its installer changes files as it installs them, so that they are not what RECORD says."""
    try:
        with open(distribution.info + "/INSTALLER", encoding="utf-8") as file:
            return file.read(64).strip() == "conda"
    except (OSError, UnicodeDecodeError):
        return False


def altered(distribution: Distribution, *, thorough: bool) -> list[str]:
    """Its files that are not what RECORD says: paths relative to the folder of packages.

    Without ``thorough`` only those are read that have another size, or were written later than the metadata.
    """
    written = _written(distribution.info + "/METADATA")
    wrong = []
    for each in listed(distribution):
        if not each.digest or each.path.endswith(".pyc") or each.path.startswith(("../", "/")):
            continue
        path = f"{distribution.folder}/{each.path}"
        try:
            found = os.stat(path)
        except OSError:
            wrong.append(each.path)
            continue
        is_late = found.st_mtime_ns > written + _TOGETHER_NS
        if (each.size is not None and found.st_size != each.size) or (
            (thorough or is_late) and not holds(path, each, found)
        ):
            wrong.append(each.path)
    return wrong


def holds(path: str, row: Listed, found: os.stat_result) -> bool:
    """Whether the file at ``path``, of which ``found`` is known, is what the row says."""
    if not stat.S_ISREG(found.st_mode) or (row.size is not None and found.st_size != row.size):
        return False
    if found.st_size > _LARGE and not path.endswith(".py"):
        return True
    algorithm, _, wanted = row.digest.partition("=")
    if algorithm not in _ALGORITHMS:
        return True
    try:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, algorithm).digest()
    except OSError:
        return False
    return base64.urlsafe_b64encode(digest).decode().rstrip("=") == wanted.rstrip("=")


def _written(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
