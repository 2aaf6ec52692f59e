"""A tree: the content of one folder as sorted binary rows.

Names are bytes: a file name need not be UTF-8. The layout is specified in
``docs/internals/store-format.md``; an equal folder has an equal id, whatever of it was stored.
"""

import os
import struct
from collections.abc import Iterable
from operator import itemgetter
from typing import NamedTuple

from runlore.records.hashing import DIGEST_SIZE

MAGIC = b"rlt1"
FILE, EXECUTABLE, SYMLINK, FOLDER = b"f", b"x", b"l", b"d"
KINDS = frozenset((FILE, EXECUTABLE, SYMLINK, FOLDER))

_ROW = struct.Struct("<c32sQH")
MAX_NAME = 0xFFFF
DEEPEST = 256
"""Folders in each other that are looked into or put back: no project has so many, and a stranger's tree may."""


class Entry(NamedTuple):
    """One name in a folder.

    ``size`` is bytes: of a file's content, of a link's target, of all files below a folder.
    """

    name: bytes
    kind: bytes
    digest: bytes
    size: int


class MalformedTreeError(ValueError):
    """Bytes that are not a canonical tree; what they came from is corrupt or hostile."""


def encode(entries: Iterable[Entry]) -> bytes:
    """The canonical bytes of a folder with these entries, in any order.

    Raises:
        MalformedTreeError: a name that no folder can have, or one that occurs twice.
    """
    rows = sorted(entries, key=itemgetter(0))
    names = [row.name for row in rows]
    if not _can_be_together(names):
        wrong = next((name for name in names if not valid_name(name) or names.count(name) > 1), b"")
        raise MalformedTreeError(f'cannot keep an entry named "{os.fsdecode(wrong)}"')
    if not KINDS.issuperset([row.kind for row in rows]) or {len(row.digest) for row in rows} - {DIGEST_SIZE}:
        raise MalformedTreeError("an entry without a proper kind or id")
    return MAGIC + b"".join([_ROW.pack(kind, digest, size, len(name)) + name for name, kind, digest, size in rows])


def _can_be_together(names: list[bytes]) -> bool:
    """Whether one folder can hold all these names: `valid_name` for each, without a call for each."""
    distinct, together = set(names), b"".join(names)
    return (
        len(distinct) == len(names)
        and distinct.isdisjoint((b"", b".", b".."))
        and max(map(len, names), default=0) <= MAX_NAME
        and b"/" not in together
        and b"\0" not in together
    )


def decode(data: bytes) -> tuple[Entry, ...]:
    """The entries of a tree, checked as something a stranger may have written.

    Raises:
        MalformedTreeError: truncated, unsorted, a duplicate, an unknown kind, or a name with ``/``,
            NUL, ``.`` or ``..``.
    """
    if data[:4] != MAGIC:
        raise MalformedTreeError("not a tree")
    entries: list[Entry] = []
    at, end, last = len(MAGIC), len(data), b""
    while at < end:
        if at + _ROW.size > end:
            raise MalformedTreeError("a row is cut short")
        kind, digest, size, length = _ROW.unpack_from(data, at)
        at += _ROW.size
        name = data[at : at + length]
        at += length
        if at > end or kind not in KINDS or not valid_name(name) or name <= last:
            raise MalformedTreeError(f'the row of "{os.fsdecode(name)}" is malformed')
        entries.append(Entry(name, kind, digest, size))
        last = name
    return tuple(entries)


def valid_name(name: bytes) -> bool:
    """Whether a folder can hold this name: not empty, not ``.`` or ``..``, no ``/``, no NUL, at most 65,535 bytes."""
    return 0 < len(name) <= MAX_NAME and name not in (b".", b"..") and b"/" not in name and b"\0" not in name
