"""The only door to xxHash: fast checks of what has no adversary."""

from xxhash import xxh3_64, xxh3_64_intdigest, xxh3_128_digest


def table_check(data: bytes | memoryview) -> int:
    """The XXH3-64 of a pack's table, as the trailer holds it."""
    return xxh3_64_intdigest(data)


def table_checker() -> xxh3_64:
    """The same for a table that comes in pieces."""
    return xxh3_64()


def fingerprint(data: bytes) -> bytes:
    """16 bytes that stand for ``data`` where nobody gains from a collision, as in the stat cache."""
    return xxh3_128_digest(data)
