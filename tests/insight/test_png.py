import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.insight.said import said, sameness

WIDTH, HEIGHT = 7, 5
PIXELS = bytes((x * 37 + y * 91 + x * y) & 255 for y in range(HEIGHT) for x in range(WIDTH * 3))


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def filtered(kind: int, row: bytes, above: bytes, pixel: int) -> bytes:
    """The row as it is written: the standard's definitions, read the other way round."""
    found = bytearray([kind])
    for place, value in enumerate(row):
        left = row[place - pixel] if place >= pixel else 0
        up, corner = above[place], above[place - pixel] if place >= pixel else 0
        guess = left + up - corner
        distances = [(abs(guess - left), left), (abs(guess - up), up), (abs(guess - corner), corner)]
        nearest = min(distances, key=lambda each: each[0])[1]
        found.append((value - (0, left, up, (left + up) // 2, nearest)[kind]) & 255)
    return bytes(found)


def png(pixels: bytes, filters: "tuple[int, ...]", *extra: bytes, level: int = 6, kind: int = 2) -> bytes:
    rows, above = b"", bytes(WIDTH * 3)
    for y in range(HEIGHT):
        row = pixels[y * WIDTH * 3 :][: WIDTH * 3]
        rows += filtered(filters[y % len(filters)], row, above, 3)
        above = row
    packed = zlib.compress(rows, level)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, kind, 0, 0, 0)),
            *extra,
            chunk(b"IDAT", packed[:10]),
            chunk(b"IDAT", packed[10:]),
            chunk(b"IEND", b""),
        )
    )


@pytest.mark.parametrize("kind", range(5))
def test_each_filter_gives_the_same_pixels(kind: int) -> None:
    assert sameness("x.png", png(PIXELS, (0,)), png(PIXELS, (kind,), level=9)) in {"equal", "identical"}


@given(st.lists(st.integers(0, 4), min_size=5, max_size=5), st.integers(0, len(PIXELS) - 1), st.integers(1, 255))
def test_one_pixel_of_another_colour_is_found_whatever_the_filters(filters: list[int], at: int, more: int) -> None:
    changed = bytearray(PIXELS)
    changed[at] = (changed[at] + more) & 255
    found = said("x.png", png(PIXELS, tuple(filters)), png(bytes(changed), (4, 3, 2, 1, 0)))
    assert (found.sameness, found.detail) == ("different", "1 of 35 pixels differ")


def test_text_and_time_say_nothing() -> None:
    a, b = (png(PIXELS, (0,), chunk(b"tEXt", b"Software\0matplotlib " + each)) for each in (b"1", b"2"))
    assert sameness("x.png", a, b) == "equal"


def test_another_palette_or_size_is_a_difference() -> None:
    a, b = (png(PIXELS, (0,), chunk(b"PLTE", each * 3)) for each in (b"1", b"2"))
    assert said("x.png", a, b).detail == "other kinds of pixels, or another palette"


@pytest.mark.parametrize("cut", [9, 20, 40, -20, -1])
def test_a_picture_that_is_cut_short_is_unreadable(cut: int) -> None:
    whole = png(PIXELS, (0,))
    assert sameness("x.png", whole, whole[:cut]) == "unreadable"


def test_more_rows_than_the_header_promises_are_not_unpacked() -> None:
    whole = png(PIXELS, (0,))
    bomb = whole.replace(chunk(b"IEND", b""), b"")
    bomb = bomb[: bomb.index(b"IDAT") - 4] + chunk(b"IDAT", zlib.compress(bytes(50 << 20))) + chunk(b"IEND", b"")
    assert sameness("x.png", whole, bomb) == "unreadable"
