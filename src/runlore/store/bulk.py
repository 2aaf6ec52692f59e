"""Many small blobs at once: each pack is opened once and read from its beginning on."""

import os
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from runlore.records.hashing import blob_digest
from runlore.store.reading import open_plain


def read_blobs(packs: str, places: Iterable[tuple[str, int, int, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    """Id and bytes of each blob that is whole, of which the pack, the offset, the length and the id are given."""
    for name, found in groupby(sorted(places), key=itemgetter(0)):
        try:
            file = open_plain(f"{packs}/{name}")
        except OSError:
            continue  # who wants one of them asks for it by itself, and is told
        try:
            for _, offset, length, digest in found:
                data = _read(file, length, offset)
                if blob_digest(data) == digest:
                    yield digest, data
        finally:
            os.close(file)


def _read(file: int, length: int, offset: int) -> bytes:
    try:
        return os.pread(file, length, offset)
    except OSError:
        return b""  # which no id stands for but that of an empty blob, and that it is
