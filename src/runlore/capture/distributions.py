"""The distributions that one folder of a Python path holds, read from their metadata as it lies there.

Whatever is broken in it (a RECORD that is gone, bytes that are not text, half an uninstallation) makes
a package less known, never an error.
"""

import json
import os
import re
import stat
from collections.abc import Iterable
from typing import NamedTuple

from runlore.capture.plumbing import without_credentials
from runlore.records.canonical import Json
from runlore.records.environment import Package
from runlore.records.hashing import blob_digest

_METADATA = (".dist-info", ".egg-info", ".egg-link")
# A leftover of pip's, as `~umpy-1.26.dist-info`, is not a name (PEP 508).
_NAME = re.compile(r"[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?", re.ASCII | re.IGNORECASE)
_SEPARATORS = re.compile(r"[-_.]+")
_PYTHON_TAG = re.compile(r"-py\d[^-]*(?:-.*)?$")
_VERSION = re.compile(rb"^Version:[ \t]*(\S{1,200})", re.MULTILINE | re.IGNORECASE)

# What installers add to a wheel's own files, each in its own way.
_INSTALLERS_OWN = (
    *("RECORD", "RECORD.jws", "RECORD.p7s", "INSTALLER", "REQUESTED", "REFER_TO"),
    *("direct_url.json", "uv_cache.json", "uv_build.json"),
)
_MOST_RECORD = 1 << 28
_MOST_TEXT = 1 << 16


class Found(NamedTuple):
    """The distributions of a folder, by name.

    ``lasting`` says that the folder's own times change with them. It is false where a version is
    written inside a file, which can be rewritten with no trace in the folder.
    """

    packages: tuple[Package, ...]
    lasting: bool


def read_folder(folder: str) -> Found:
    """What ``folder`` holds; nothing if it cannot be listed. A path entry ``x.egg`` is a distribution itself."""
    if folder.endswith(".egg"):
        return _found([_from_egg(os.path.basename(folder))] if os.path.exists(folder) else [])
    return _found([_read(folder, name) for name in _names(folder) if name.endswith(_METADATA)])


def _found(packages: Iterable[tuple[Package, bool] | None]) -> Found:
    """Of two with one name, the one that still has its RECORD, then the later: the other is a leftover."""
    real = [each for each in packages if each]
    best: dict[str, Package] = {}
    for package, _ in sorted(real, key=lambda each: (each[0].digest is not None, each[0].version)):
        best[package.name] = package
    return Found(tuple(best[name] for name in sorted(best)), all(lasting for _, lasting in real))


def _read(folder: str, name: str) -> tuple[Package, bool] | None:
    """The distribution that the metadata ``name`` in ``folder`` is about, and whether that lasts."""
    path = os.path.join(folder, name)
    if name.endswith(".dist-info"):
        return _from_dist_info(path, name)
    if name.endswith(".egg-info"):
        says_it = "-" in name.removesuffix(".egg-info")
        return _from_egg(name, None if says_it else _version(os.path.join(path, "PKG-INFO")) or _version(path))
    return _from_egg_link(folder, name)


def _from_dist_info(path: str, folder_name: str) -> tuple[Package, bool] | None:
    stem = folder_name.removesuffix(".dist-info")
    name, named, version = stem.rpartition("-")
    if not named:
        name, version = stem, _version(os.path.join(path, "METADATA")) or ""
    if not _NAME.fullmatch(name):
        return None
    rows = _rows(_content(os.path.join(path, "RECORD"), _MOST_RECORD), os.fsencode(folder_name))
    digest = blob_digest(b"".join(rows)).hex() if rows else None
    source, url = _source(path, rows)
    return Package(name=normal_name(name), version=version, digest=digest, source=source, url=url), bool(named)


def _rows(record: bytes, folder_name: bytes) -> list[bytes]:
    """The rows of a RECORD that are the wheel's own, sorted: each path and hash, and a newline.

    Without sizes, which the hashes imply and installers may fill in; without what an installer adds,
    compiles, or puts beside the folder of packages, such as scripts that name its interpreter.
    """
    outside = (b"../", b"/", b'"../', b'"/')
    added = tuple(folder_name + b"/" + os.fsencode(name) + b"," for name in _INSTALLERS_OWN)
    return sorted(
        {
            row.rpartition(b",")[0] + b"\n"
            for row in record.splitlines()
            if b".pyc," not in row and b"," in row and not row.startswith(outside + added)
        }
    )


def _source(path: str, rows: list[bytes]) -> tuple[str | None, str | None]:
    """Where a distribution came from if not from an index (PEP 610), and its address."""
    if data := _content(os.path.join(path, "direct_url.json"), _MOST_TEXT):
        # Conda's packages carry the address of the folder they were once built in.
        if _content(os.path.join(path, "INSTALLER"), _MOST_TEXT).strip() == b"conda":
            return None, None
        try:
            direct = json.loads(data)
        except (ValueError, RecursionError):
            return "unknown", None
        return _direct(direct) if isinstance(direct, dict) and isinstance(direct.get("url"), str) else ("unknown", None)
    if any(row.startswith(b"__editable__") for row in rows):
        return "editable", None
    return (None if rows else "unknown"), None


def _direct(direct: dict[str, Json]) -> tuple[str, str]:
    """The source and address in a ``direct_url.json``; credentials and a query, which may be one, are left out."""
    url = without_credentials(direct["url"]).partition("?")[0]
    if isinstance(vcs := direct.get("vcs_info"), dict):
        subdirectory = direct.get("subdirectory")
        part = f"#subdirectory={subdirectory}" if subdirectory else ""
        return "vcs", f"{vcs.get('vcs', 'git')}+{url}@{vcs.get('commit_id', '')}{part}"
    if isinstance(folder := direct.get("dir_info"), dict):
        return ("editable" if folder.get("editable") is True else "local"), url
    return ("local" if url.startswith("file:") else "archive"), url


def _from_egg_link(folder: str, name: str) -> tuple[Package, bool] | None:
    """A ``setup.py develop`` install: the file's first line is the folder of the sources."""
    stem = name.removesuffix(".egg-link")
    first = os.fsdecode(_content(os.path.join(folder, name), _MOST_TEXT).partition(b"\n")[0].strip())
    if not _NAME.fullmatch(stem) or not first or "\0" in first:
        return None
    sources = os.path.normpath(os.path.join(folder, first))
    infos = (each for each in _names(sources) if each.endswith(".egg-info"))
    info = next((each for each in infos if normal_name(each.removesuffix(".egg-info")) == normal_name(stem)), "")
    version = _version(os.path.join(sources, info, "PKG-INFO")) or ""
    return Package(name=normal_name(stem), version=version, source="editable", url="file://" + sources), False


def _from_egg(name: str, version: str | None = None) -> tuple[Package, bool] | None:
    """The distribution whose egg or egg-info has this file name; ``version`` is for one that does not say it."""
    stem = _PYTHON_TAG.sub("", name.removesuffix(".egg-info").removesuffix(".egg"))
    before, named, after = stem.rpartition("-")
    if not _NAME.fullmatch(before if named else stem):
        return None
    if named:
        return Package(name=normal_name(before), version=after, source="unknown"), True
    return Package(name=normal_name(stem), version=version or "", source="unknown"), False


def normal_name(name: str) -> str:
    """The one spelling of a distribution's name (PEP 503)."""
    return _SEPARATORS.sub("-", name).lower()


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []  # what is not there, not a folder or not ours to read is no place to import from


def _version(path: str) -> str | None:
    found = _VERSION.search(_content(path, _MOST_TEXT))
    return os.fsdecode(found[1]) if found else None


def _content(path: str, most: int) -> bytes:
    """The first ``most`` bytes of a regular file, nothing where there is none; a FIFO is not waited for."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        about = os.fstat(file)
        left = min(about.st_size, most) if stat.S_ISREG(about.st_mode) else 0
        parts = []
        while left and (part := os.read(file, left)):
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
    except OSError:
        return b""
    finally:
        os.close(file)
