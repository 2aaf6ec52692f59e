"""Packs: many small objects in one immutable file. The layout is in ``docs/internals/store-format.md``, section 4.2."""

import io
import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import BinaryIO, NamedTuple

from runlore.errors import CorruptError, StoreWriteError
from runlore.records.hashing import blob_digest, is_id, record_digest, tree_digest
from runlore.store.checksum import table_check, table_checker
from runlore.store.durable import forget, fresh_name, publish, write_all
from runlore.store.reading import MOST, open_plain

BLOB, TREE, RECORD = b"b", b"t", b"r"
DIGESTS = {BLOB: blob_digest, TREE: tree_digest, RECORD: record_digest}

MAGIC, END = b"RLPACK1\n", b"RLPKEND\n"
_ROW = struct.Struct("<32sccQQ")
ROW_SIZE = _ROW.size
_TRAILER = struct.Struct("<QQ8s")
TRAILER_SIZE = _TRAILER.size
_RAW = b"\0"

MAX_DATA = MOST
_BUFFER = 1 << 20
_ROWS_AT_ONCE = 1 << 14


class Place(NamedTuple):
    """Where an object lies in a pack."""

    digest: bytes
    kind: bytes
    offset: int
    length: int


Row = tuple[bytes, bytes, int, int]
"""A `Place` without its names, of which a pack in the making has many."""


class PackWriter:
    """A pack in the making, in the store's ``tmp`` until `finish`."""

    def __init__(self, tmp: str, packs: str) -> None:
        """``tmp`` and ``packs`` are the store's folders of that name."""
        self._packs = packs
        self._path = os.path.join(tmp, fresh_name())
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        self._pending = [MAGIC]
        self._pending_bytes = len(MAGIC)
        self.size = len(MAGIC)
        self._rows: list[Row] = []

    def add(self, kind: bytes, digest: bytes, data: bytes) -> None:
        """Append an object. The caller sees to it that none is added twice.

        Raises:
            StoreWriteError: it is larger than a pack may be.
        """
        self.add_all([(kind, digest, data)])

    def add_all(self, objects: Sequence[tuple[bytes, bytes, bytes]]) -> None:
        """Append objects, each its kind, id and bytes; otherwise as `add`."""
        at = self.size
        for kind, digest, data in objects:
            length = len(data)
            if length > MAX_DATA:
                raise StoreWriteError(f"an object of {length:,} bytes is too large for the store")
            self._rows.append((digest, kind, at, length))
            at += length
        self._put([data for _, _, data in objects], at)

    def _put(self, pieces: Iterable[bytes], size: int) -> None:
        """Append bytes, after which the pack has this size."""
        self._pending += pieces
        self._pending_bytes += size - self.size
        self.size = size
        if self._pending_bytes >= _BUFFER:
            self._flush()

    def _flush(self) -> None:
        data = b"".join(self._pending)
        self._pending, self._pending_bytes = [], 0
        write_all(self._file, data)

    def finish(self) -> tuple[str, list[Row]]:
        """Make the pack durable under its name; that name and where everything lies."""
        rows = sorted(self._rows, key=itemgetter(0))
        table = _table(rows)
        end = _TRAILER.pack(len(rows), table_check(table), END)
        self._put([table, end], self.size + len(table) + len(end))
        self._flush()
        os.fsync(self._file)
        self._close()
        name = _named(table)
        temporary, self._path = self._path, ""
        publish(temporary, os.path.join(self._packs, name))
        return name, rows

    def discard(self) -> None:
        """Forget the pack, unless it has its name already."""
        self._close()
        if self._path:
            forget(self._path)

    def _close(self) -> None:
        file, self._file = self._file, -1
        if file >= 0:
            os.close(file)


def in_memory(objects: Sequence[tuple[bytes, bytes, bytes]]) -> tuple[bytes, bytes, bytes]:
    """Id, bytes and table of the pack with these objects, each its kind, id and bytes, and none twice."""
    at = len(MAGIC)
    rows: list[Row] = []
    for kind, digest, data in objects:
        rows.append((digest, kind, at, len(data)))
        at += len(data)
    table = _table(sorted(rows, key=itemgetter(0)))
    end = _TRAILER.pack(len(rows), table_check(table), END)
    return blob_digest(table), b"".join((MAGIC, *(data for _, _, data in objects), table, end)), table


def whole_size(table: bytes | memoryview) -> int:
    """Bytes of a pack with this table."""
    data: int = sum(length for _, _, _, _, length in _ROW.iter_unpack(table))
    return len(MAGIC) + data + len(table) + _TRAILER.size


def open_table(table: bytes | memoryview) -> list[Place]:
    """The rows of a table that came without its pack.

    Raises:
        CorruptError: no pack has this table.
    """
    if len(table) % _ROW.size:
        raise _corrupt("a table")
    end = len(MAGIC) + sum(length for _, _, _, _, length in _ROW.iter_unpack(table))
    if end - len(MAGIC) > MAX_DATA:
        raise _corrupt("a table")
    return _places("a table", io.BytesIO(table), len(table) // _ROW.size, (end, table_check(table)))


def rows_of(table: bytes) -> Iterator[Row]:
    """The rows of a table of ours, unchecked."""
    return ((digest, kind, offset, length) for digest, kind, _, offset, length in _ROW.iter_unpack(table))


def name_of(rows: Iterable[Row | Place]) -> str:
    """The name of the pack with this table. Each row says by its id which bytes it stands for, so the name does."""
    return _named(_table(rows))


def _table(rows: Iterable[Row | Place]) -> bytes:
    return b"".join([_ROW.pack(digest, kind, _RAW, offset, length) for digest, kind, offset, length in rows])


def _named(table: bytes) -> str:
    return blob_digest(table).hex() + ".pack"


def read_table(path: str) -> list[Place]:
    """Where everything lies in the pack at ``path``, sorted by id.

    Raises:
        CorruptError: not a pack, cut short, or a table that fails its check.
        OSError: cannot be read.
    """
    with open(open_plain(path), "rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size < len(MAGIC) + _TRAILER.size:
            raise _corrupt(path)
        file.seek(size - _TRAILER.size)
        count, check, end = _TRAILER.unpack(file.read(_TRAILER.size))
        start = size - _TRAILER.size - count * _ROW.size
        file.seek(0)
        if end != END or not 0 <= start - len(MAGIC) <= MAX_DATA or file.read(len(MAGIC)) != MAGIC:
            raise _corrupt(path)
        file.seek(start)
        return _places(path, file, count, (start, check))


def _places(path: str, file: BinaryIO, count: int, expected: tuple[int, int]) -> list[Place]:
    """The rows of a table whose first is next in ``file``, read in pieces: a stranger may have made it of any length.

    ``expected`` is where the data ends, which also limits the sum of all lengths, and the check of the table.
    """
    end, check = expected
    places: list[Place] = []
    last, room, checker = b"", end - len(MAGIC), table_checker()
    while count > len(places):
        piece = file.read(min(_ROWS_AT_ONCE, count - len(places)) * _ROW.size)
        checker.update(piece)
        for digest, kind, codec, offset, length in _ROW.iter_unpack(piece):
            room -= length
            if digest <= last or kind not in DIGESTS or codec != _RAW or room < 0:
                raise _corrupt(path)
            if offset < len(MAGIC) or offset + length > end:
                raise _corrupt(path)
            places.append(Place(digest, kind, offset, length))
            last = digest
    if room or checker.intdigest() != check:
        raise _corrupt(path)
    return places


def _corrupt(path: str) -> CorruptError:
    return CorruptError(f'"{path}" is not a whole pack', hint="mlrun fsck shows what else is affected")


def is_pack_name(name: str) -> bool:
    """Whether a file of this name in ``packs/`` is a pack."""
    stem, dot, suffix = name.partition(".")
    return suffix == "pack" and bool(dot) and is_id(stem)
