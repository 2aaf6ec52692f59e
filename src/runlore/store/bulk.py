"""Many small objects at once: each pack is opened once and read from its beginning on."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from runlore.records.portions import portions
from runlore.store.pack import DIGESTS
from runlore.store.reading import open_plain

_SPAN = 1 << 20
"""Bytes of objects that are read at once."""


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
            for span in portions(found, itemgetter(2), _SPAN):
                yield from _whole(file, span, DIGESTS[kind])
        finally:
            os.close(file)


def _whole(
    file: int, span: Sequence[tuple[str, int, int, bytes]], digest_of: Callable[[bytes], bytes]
) -> Iterator[tuple[bytes, bytes]]:
    """Those of some objects that are whole; they are read at once if they lie side by side."""
    begin, end = span[0][1], span[-1][1] + span[-1][2]
    together = end - begin == sum(length for _, _, length, _ in span) and len(span) > 1
    data = _read(file, end - begin, begin) if together else b""
    for _, offset, length, digest in span:
        one = data[offset - begin : offset - begin + length] if together else _read(file, length, offset)
        if digest_of(one) == digest:
            yield digest, one


def _read(file: int, length: int, offset: int) -> bytes:
    try:
        return os.pread(file, length, offset)
    except OSError:
        return b""  # which no id stands for but that of an empty blob, and that it is
