"""Inputs made from others, as a fuzzer makes them; the same ones for the same seed."""

import random
from collections.abc import Sequence

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
_WORDS = (
    b"\0",
    b"\n",
    b"\r",
    b"\xff",
    b"\xed\xb2\x80",
    b"\xe2\x80\xae",
    b"9" * 4400,
    b"-1",
    b"1e999",
    b"NaN",
    b"[" * 3000,
)
_LONGEST = 1 << 16


def mutated(seeds: Sequence[bytes], tokens: Sequence[bytes], source: random.Random) -> bytes:
    """One of the seeds with one to four changes."""
    data = bytearray(source.choice(seeds))
    for _ in range(source.randint(1, 4)):
        _change(data, seeds, tokens, source)
    return bytes(data[:_LONGEST])


def _change(data: bytearray, seeds: Sequence[bytes], tokens: Sequence[bytes], source: random.Random) -> None:
    at = source.randint(0, len(data))
    end = min(len(data), at + source.choice((1, 1, 2, 4, 8, 64, 1024)))
    match source.randrange(8):
        case 0:
            if at < len(data):
                data[at] ^= 1 << source.randrange(8)
        case 1:
            data[at:end] = source.randbytes(end - at)
        case 2:
            del data[at:end]
        case 3:
            data[at:at] = data[at:end] * source.choice((1, 2, 50))
        case 4:
            width = source.choice((1, 2, 4, 8))
            number = source.choice(_NUMBERS) & ((1 << 8 * width) - 1)
            data[at : at + width] = number.to_bytes(width, source.choice(("little", "big")))
        case 5:
            data[at : end if source.random() < 0.5 else at] = source.choice((*_WORDS, *tokens))
        case 6:
            other = source.choice(seeds)
            start = source.randint(0, len(other))
            data[at:] = other[start:]
        case 7:
            del data[at:]
