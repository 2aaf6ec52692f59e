"""CRC-32C (Castagnoli, RFC 3720 appendix B.4), which guards TensorBoard's records.

In Python, four bytes at a time: for records of some dozen bytes that costs about as much as the rest of
reading them, and needs no dependency. Larger tables are no faster, as they leave the processor's caches.
"""

import struct
from functools import cache, lru_cache

_POLYNOMIAL = 0x82F63B78
_ALL = 0xFFFFFFFF
_MASK_DELTA = 0xA282EAD8


def crc32c(data: bytes) -> int:
    """The check of ``data``."""
    first, second, third, fourth = _tables()
    crc = _ALL
    for word in _words(len(data) >> 2).unpack_from(data):
        crc ^= word
        crc = fourth[crc & 0xFF] ^ third[crc >> 8 & 0xFF] ^ second[crc >> 16 & 0xFF] ^ first[crc >> 24]
    for byte in data[len(data) & ~3 :]:
        crc = first[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ _ALL


def masked(data: bytes) -> int:
    """The check of ``data`` as TFRecord files hold it: turned and shifted, so that it can be checked itself."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & _ALL


@cache
def _tables() -> tuple[list[int], list[int], list[int], list[int]]:
    """What becomes of a byte when one, two, three and four bytes have gone by."""
    first = list(range(256))
    for _ in range(8):
        first = [crc >> 1 ^ (_POLYNOMIAL if crc & 1 else 0) for crc in first]
    second = [first[crc & 0xFF] ^ crc >> 8 for crc in first]
    third = [first[crc & 0xFF] ^ crc >> 8 for crc in second]
    return first, second, third, [first[crc & 0xFF] ^ crc >> 8 for crc in third]


@lru_cache(maxsize=256)
def _words(count: int) -> struct.Struct:
    return struct.Struct(f"<{count}I")
