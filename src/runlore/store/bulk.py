"""Many small objects at once: each pack is opened once and read from its beginning on."""

import os
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from runlore.store.pack import DIGESTS
from runlore.store.reading import open_plain


def read_objects(
    packs: str, places: Iterable[tuple[str, int, int, bytes]], kind: bytes
) -> Iterator[tuple[bytes, bytes]]:
    """Id and bytes of each object of a kind that is whole; its pack, offset, length and id are given."""
    for name, found in groupby(sorted(places), key=itemgetter(0)):
        try:
            file = open_plain(f"{packs}/{name}")
        except OSError:
            continue  # who wants one of them asks for it by itself, and is told
        try:
            for _, offset, length, digest in found:
                data = _read(file, length, offset)
                if DIGESTS[kind](data) == digest:
                    yield digest, data
        finally:
            os.close(file)


def _read(file: int, length: int, offset: int) -> bytes:
    try:
        return os.pread(file, length, offset)
    except OSError:
        return b""  # which no id stands for but that of an empty blob, and that it is
