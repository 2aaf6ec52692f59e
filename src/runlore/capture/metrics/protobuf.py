"""Just enough of Protocol Buffers' wire format to read TensorBoard's events."""

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_FIXED = {FIXED64: 8, FIXED32: 4}
_VARINT_BITS = 64


class MalformedMessageError(ValueError):
    """Bytes that are no message."""


def fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """The fields of a message in order: number, wire type, and its integer or its bytes.

    Numbers of a fixed length are bytes, little-endian.

    Raises:
        MalformedMessageError: it ends within a field, or has one of a kind that does not exist.
    """
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        wire = key & 7
        if wire == VARINT:
            found, at = varint(data, at)
            yield key >> 3, wire, found
            continue
        if wire == BYTES:
            length, at = varint(data, at)
        elif wire in _FIXED:
            length = _FIXED[wire]
        else:
            raise MalformedMessageError(f"wire type {wire}")
        if at + length > len(data):
            raise MalformedMessageError("a field is cut short")
        yield key >> 3, wire, data[at : at + length]
        at += length


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The unsigned integer at ``at``, and where it ends; raises `MalformedMessageError`."""
    value = shift = 0
    while at < len(data) and shift < _VARINT_BITS:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follows
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
    raise MalformedMessageError("a number is cut short")


def signed(number: int) -> int:
    """The ``int64`` in a varint."""
    return number - (1 << 64) if number >> 63 else number
