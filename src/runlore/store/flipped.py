"""One flipped bit, found by trying each: a hash of what was there is as good as a second copy of it."""

from collections.abc import Callable

MOST = 16 << 10
"""Bytes of what is tried: a second or so."""


def mended(data: bytes, is_right: Callable[[bytes], bool]) -> bytes | None:
    """The bytes that were there, if they differ from ``data`` in one bit; ``None`` if not, or if it is long."""
    if len(data) > MOST:
        return None
    tried = bytearray(data)
    for at in range(len(tried)):
        for bit in range(8):
            tried[at] ^= 1 << bit
            if is_right(found := bytes(tried)):
                return found
            tried[at] ^= 1 << bit
    return None
