"""The check of TensorBoard's records, against the standard's own examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlore.capture.metrics.crc32c import crc32c, masked


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(reversed(range(32))), 0x113FDB5C),
    ],
)
def test_the_examples_of_rfc_3720_come_out(data: bytes, expected: int) -> None:
    assert crc32c(data) == expected


def _bit_by_bit(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


@given(st.binary(max_size=70))
def test_any_length_is_as_bit_by_bit(data: bytes) -> None:
    assert crc32c(data) == _bit_by_bit(data)


def test_the_mask_turns_and_adds() -> None:
    # The first twelve bytes of any event file with a 24-byte first record.
    assert masked((24).to_bytes(8, "little")) == int.from_bytes(b"\xa3\x7f\x4b\x22", "little")
