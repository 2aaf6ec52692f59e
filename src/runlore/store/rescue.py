"""What of a damaged pack is whole, and small objects with one flipped bit: put into a new pack."""

from collections.abc import Iterable, Iterator

from runlore.records.hashing import blob_digest
from runlore.store.flipped import mended
from runlore.store.layout import Layout
from runlore.store.pack import DIGESTS, ROW_SIZE, TRAILER_SIZE, PackWriter, Place, rows_of

_MOST_ROWS = 5000
"""Rows that a table is taken to have whose number is damaged."""


def rescue(layout: Layout, name: str, data: bytes, known: Iterable[Place]) -> str | None:
    """Write what is whole in the pack of that name, which holds ``data``, into a new one; its name, if there is any.

    ``known`` are places in it that somebody else knows. No row is believed: each object must have its id.

    Raises:
        OSError: the new one cannot be written.
    """
    writer: PackWriter | None = None
    seen: set[tuple[bytes, bytes]] = set()
    try:
        for digest, kind, offset, length in (*_table(name, data), *known):
            if kind not in DIGESTS or (kind, digest) in seen:
                continue
            found = _whole(kind, digest, data[offset : offset + length])
            if found is not None:
                writer = writer or PackWriter(layout.tmp, layout.packs)
                writer.add(kind, digest, found)
                seen.add((kind, digest))
        return writer.finish()[0] if writer else None
    finally:
        if writer is not None:
            writer.discard()


def _whole(kind: bytes, digest: bytes, data: bytes) -> bytes | None:
    hashed = DIGESTS[kind]
    return data if hashed(data) == digest else mended(data, lambda each: hashed(each) == digest)


def _table(name: str, data: bytes) -> Iterator[Place]:
    """The rows of the table, or what may be some of them."""
    end = len(data) - TRAILER_SIZE
    for count in range(1, min(_MOST_ROWS, end // ROW_SIZE) + 1):
        table = data[end - count * ROW_SIZE : end]
        if blob_digest(table).hex() == name.partition(".")[0]:
            yield from (Place(*row) for row in rows_of(table))
            return
    count = int.from_bytes(data[max(end, 0) :][:8], "little")
    if 0 < count <= end // ROW_SIZE:
        yield from (Place(*row) for row in rows_of(data[end - count * ROW_SIZE : end]))
