"""What lies in a store, as plain bytes: files, archives, databases and git objects taken apart."""

import contextlib
import gzip
import os
import sqlite3
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping


def files(folder: str) -> Iterator[bytes]:
    """Every file below ``folder``, as it is and taken apart where it is a known kind of container."""
    for top, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(top, name)
            yield os.fsencode(name)
            if os.path.islink(path):
                yield os.fsencode(os.readlink(path))
            elif os.path.isfile(path):
                yield from _file(path)


def _file(path: str) -> Iterator[bytes]:
    with open(path, "rb") as file:
        data = file.read()
    yield data
    if data.startswith(b"SQLite format 3\0"):
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            yield "\n".join(database.iterdump()).encode(errors="surrogateescape")
    elif data.startswith(b"\x1f\x8b"):
        yield gzip.decompress(data)
    elif data.startswith((b"x\x01", b"x\x9c", b"x\xda")):
        with contextlib.suppress(zlib.error):
            yield zlib.decompress(data)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from map(archive.read, archive.namelist())
    elif tarfile.is_tarfile(path):
        yield from _tar(path)


def _tar(path: str) -> Iterator[bytes]:
    with tarfile.open(path) as archive:
        for member in archive:
            opened = archive.extractfile(member) if member.isfile() else None
            if opened is not None:
                if member.name.endswith(".tar.gz"):
                    with tarfile.open(fileobj=opened) as inner:
                        found = [inner.extractfile(each) for each in inner if each.isfile()]
                        yield from (each.read() for each in found if each is not None)
                else:
                    yield opened.read()


def git_objects(top: str, variables: Mapping[str, str], *revisions: str) -> Iterator[bytes]:
    """Every object that can be reached from the revisions, and no other: git keeps what was only ever staged, too."""
    listed = _git(top, variables, b"", "rev-list", "--objects", *revisions)
    ids = b"".join(line.split(b" ", 1)[0] + b"\n" for line in listed.splitlines())
    yield listed
    yield _git(top, variables, ids, "cat-file", "--batch")


def _git(top: str, variables: Mapping[str, str], stdin: bytes, *words: str) -> bytes:
    return subprocess.run(
        ("git", *words), cwd=top, env=variables, input=stdin, stdout=subprocess.PIPE, check=True
    ).stdout
