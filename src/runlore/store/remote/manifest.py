"""Index files and records files: what one push has brought. Sections 11.2 and 11.3 of the store format."""

import io
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from runlore.errors import CorruptError, RemoteDamagedError
from runlore.records.hashing import DIGEST_SIZE, blob_digest
from runlore.store import pack
from runlore.store.pack import Place
from runlore.store.remote import names

_MAGIC = b"RLINDEX1"
_COUNT = struct.Struct("<Q")
_BLOB = struct.Struct("<32sQI")
_NONE = bytes(DIGEST_SIZE)

MOST_INDEX = 16 << 20
"""Bytes of an index file: 300,000 objects. What is read of one that a stranger made is twenty times as much."""
MOST_RECORDS = 32 << 20
"""Bytes of the records in one file, unpacked."""
MOST_SEGMENT = 32 << 20
"""Bytes of a segment of a large blob, or of one without."""
_HALF = MOST_INDEX // 2
"""Bytes of what a push has sent that are put into one index file, so that there is room for the ids of runs."""
LEAST_SEGMENT = 64 << 10
"""Bytes of a segment that is not the last."""
MOST_ROWS = 64 << 10
"""Objects in one pack of a push: so the tables of its packs can be shared out to index files."""
_LEVEL = 9
"""Of compression: records are small, alike and read more often than written."""


class Blob(NamedTuple):
    """A large blob: its id, its bytes, and the ids of the segments it lies in one after the other; none if whole."""

    digest: bytes
    size: int
    segments: tuple[bytes, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files in which it lies, in order."""
        return tuple(names.blob(part) for part in self.parts)

    @property
    def parts(self) -> tuple[bytes, ...]:
        """The ids of what those files hold."""
        return self.segments or (self.digest,)


class Manifest(NamedTuple):
    """What one push has brought: packs by their tables, large blobs, and the ids of runs and events.

    Runs and events count once the records file is there that is named, for it holds them.
    """

    tables: tuple[bytes, ...]
    blobs: tuple[Blob, ...]
    records: bytes | None
    runs: tuple[bytes, ...]
    events: tuple[bytes, ...]


def encode(manifest: Manifest) -> tuple[bytes, bytes]:
    """Id and bytes of the index file."""
    pieces = [_MAGIC, _COUNT.pack(len(manifest.tables))]
    for table in manifest.tables:
        pieces += [_COUNT.pack(len(table) // pack.ROW_SIZE), table]
    pieces.append(_COUNT.pack(len(manifest.blobs)))
    for digest, size, segments in manifest.blobs:
        pieces += [_BLOB.pack(digest, size, len(segments)), *segments]
    pieces.append(manifest.records or _NONE)
    for ids in (manifest.runs, manifest.events):
        pieces += [_COUNT.pack(len(ids)), *ids]
    data = b"".join(pieces)
    return blob_digest(data), data


def decode(name: str, data: bytes) -> Manifest:
    """What an index file says.

    Raises:
        RemoteDamagedError: it is none; ``name`` is what it is called in the message.
    """
    reader = _Reader(name, data)
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise damaged(name)
    tables = tuple([reader.table() for _ in range(reader.count())])
    blobs = [reader.blob() for _ in range(reader.count())]
    records = bytes(reader.take(DIGEST_SIZE))
    runs, events = reader.ids(reader.count()), reader.ids(reader.count())
    reader.end()
    return Manifest(tables, tuple(blobs), None if records == _NONE else records, runs, events)


def places(name: str, table: bytes) -> list[Place]:
    """The rows of a table of an index file; raises `RemoteDamagedError`."""
    try:
        return pack.open_table(table)
    except CorruptError as error:
        raise damaged(name) from error


def _can_be_in(size: int, segments: int) -> bool:
    """Whether a blob of this size can be in so many segments."""
    return (segments - 1) * LEAST_SEGMENT < size <= segments * MOST_SEGMENT


class _Reader:
    """Bytes from a stranger, taken one part after the other; nothing is set aside for what is not there."""

    def __init__(self, name: str, data: bytes) -> None:
        self._name = name
        self._data = memoryview(data)
        self._at = 0

    def take(self, size: int) -> memoryview:
        found = self._data[self._at : self._at + size]
        if len(found) != size:
            raise damaged(self._name)
        self._at += size
        return found

    def count(self) -> int:
        found: int = _COUNT.unpack(self.take(_COUNT.size))[0]
        if found > len(self._data):  # each thing that is counted has a byte at least
            raise damaged(self._name)
        return found

    def table(self) -> bytes:
        found = bytes(self.take(self.count() * pack.ROW_SIZE))
        if not found:  # nobody writes a pack of nothing, and millions of them cost nothing but our memory
            raise damaged(self._name)
        return found

    def blob(self) -> Blob:
        digest, size, count = _BLOB.unpack(self.take(_BLOB.size))
        if not (_can_be_in(size, count) if count else size <= MOST_SEGMENT):
            raise damaged(self._name)
        return Blob(digest, size, self.ids(count))

    def ids(self, count: int) -> tuple[bytes, ...]:
        found = bytes(self.take(count * DIGEST_SIZE))
        return tuple([found[at : at + DIGEST_SIZE] for at in range(0, len(found), DIGEST_SIZE)])

    def end(self) -> None:
        if self._at != len(self._data):
            raise damaged(self._name)


def encode_records(records: Iterable[bytes]) -> tuple[bytes, bytes]:
    """Id and bytes of the file with these records: a gzip file of one line each."""
    squeeze = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16, 9)
    data = b"".join([*(squeeze.compress(each + b"\n") for each in records), squeeze.flush()])
    return blob_digest(data), data


def decode_records(name: str, data: bytes) -> Iterator[bytes]:
    """The records in a file, which is unpacked as they are taken.

    Raises:
        RemoteDamagedError: it is no such file, or unpacked longer than one may be.
    """
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
    rest, total = b"", 0
    source = io.BytesIO(data)
    while not unpack.eof:
        fresh = unpack.unconsumed_tail or source.read(1 << 16)
        try:
            piece = unpack.decompress(fresh, 1 << 20)
        except zlib.error as error:
            raise damaged(name) from error
        if not (piece or fresh):
            raise damaged(name)
        total += len(piece)
        if total > MOST_RECORDS:
            raise damaged(name)
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines
    if rest or unpack.unused_data or source.read(1):
        raise damaged(name)


def shared_out(tables: Sequence[bytes], blobs: Sequence[Blob]) -> Iterator[Manifest]:
    """What a push has sent, in index files that are not too long; the last of them may yet take records."""
    found: list[bytes] = []
    size = 0
    for table in tables:
        if size + len(table) > _HALF:
            yield Manifest(tuple(found), (), None, (), ())
            found, size = [], 0
        found.append(table)
        size += len(table) + _COUNT.size
    large: list[Blob] = []
    for blob in blobs:
        length = _BLOB.size + DIGEST_SIZE * len(blob.segments)
        if size + length > _HALF:
            yield Manifest(tuple(found), tuple(large), None, (), ())
            found, large, size = [], [], 0
        large.append(blob)
        size += length
    yield Manifest(tuple(found), tuple(large), None, (), ())


def damaged(name: str) -> RemoteDamagedError:
    """What is said of a file that is not what a remote of ours has."""
    return RemoteDamagedError(f'"{name}" on the remote is damaged', hint="mlrun fsck REMOTE shows what else is")
