"""TFRecord, the framing of TensorBoard's event files: length, its check, data, its check."""

import os
import struct
from collections.abc import Iterator
from functools import lru_cache

from runlore.capture.metrics.crc32c import masked
from runlore.store.reading import open_plain

_HEAD = struct.Struct("<QI")
_CHECK = struct.Struct("<I")
CHECKED = 16 << 10
"""Bytes: longer records (images, histograms) have their length checked, not their data."""
LONGEST = 1 << 20
"""Bytes: longer records are passed over."""


class DamagedFileError(ValueError):
    """A record fails its check; those before it are good. ``offset`` is where it begins."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"damaged at byte {offset:,}")
        self.offset = offset


def read_records(path: str) -> Iterator[bytes]:
    """The data of each record of at most 1 MiB; a last one that is cut short is none, a killed writer leaves it.

    Raises:
        DamagedFileError: after the good records before the damage.
        OSError: it cannot be read.
    """
    with open(open_plain(path), "rb", buffering=1 << 18) as file:
        left = os.fstat(file.fileno()).st_size
        offset = 0
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            length, check = _HEAD.unpack(head)
            if _check_of_length(length) != check:
                raise DamagedFileError(offset)
            end = offset + _HEAD.size + length + _CHECK.size
            if end > left:
                return
            if length > LONGEST:
                file.seek(end)
            else:
                data = file.read(length)
                if length <= CHECKED and file.read(_CHECK.size) != _CHECK.pack(masked(data)):
                    raise DamagedFileError(offset)
                if length > CHECKED:
                    file.seek(end)
                yield data
            offset = end


@lru_cache(maxsize=1024)
def _check_of_length(length: int) -> int:
    return masked(_HEAD.pack(length, 0)[:8])
