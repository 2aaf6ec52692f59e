"""The blob of a run's series: what is written is read, to the bit, and what a stranger wrote does no harm."""

import math
import struct
import tracemalloc
import zlib
from array import array
from collections.abc import Sequence
from contextlib import suppress
from io import BytesIO
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlore.capture.metrics.reader import MalformedSeriesError, SeriesReader, decode_series, joined, read_one
from runlore.capture.metrics.series import BLOCK_POINTS, Series, canonical_name, encode_series, name_bytes

Points = Sequence[tuple[int, int, float]]
_STEPS = st.integers(1 - (1 << 62), (1 << 62) - 1)
_TIMES = st.integers(0, (1 << 62) - 1)
_POINTS = st.lists(st.tuples(_STEPS, _TIMES, st.floats()), min_size=1, max_size=20)
_NAMES = st.text(min_size=1, max_size=8).map(canonical_name).filter(bool)


def _series(name: str, points: Points) -> Series:
    steps, ats, values = zip(*points, strict=True)
    return Series(name, array("q", steps), array("q", ats), array("d", values))


def _bits(series: Series) -> tuple[str, bytes, bytes, bytes]:
    return series.name, series.steps.tobytes(), series.ats.tobytes(), series.values.tobytes()


def _line(name: str, count: int) -> Series:
    return _series(name, [(index, 1_000 * index, index / 7) for index in range(count)])


@given(st.dictionaries(_NAMES, _POINTS, max_size=6))
def test_series_come_back_to_the_bit(found: dict[str, Points]) -> None:
    series = [_series(name, found[name]) for name in sorted(found, key=name_bytes)]
    data = encode_series(series)
    assert list(map(_bits, decode_series(data))) == list(map(_bits, series))
    for each in series:
        one = read_one(data, each.name)
        assert one is not None
        assert _bits(one) == _bits(each)
    assert list(SeriesReader(BytesIO(data)).names()) == [(each.name, len(each.values)) for each in series]


def test_no_series_are_a_blob_too() -> None:
    data = encode_series([])
    assert list(decode_series(data)) == []
    assert read_one(data, "loss") is None


def test_a_series_may_be_longer_than_a_block_and_share_its_last_one() -> None:
    series = [_line("a", 10), _line("loss", 3 * BLOCK_POINTS + 5), _line("z", BLOCK_POINTS), _line("zz", 1)]
    data = encode_series(series)
    assert list(map(_bits, decode_series(data))) == list(map(_bits, series))
    for each in series:
        assert _bits(read_one(data, each.name) or _line("", 1)) == _bits(each)
    assert read_one(data, "loss2") is None
    assert read_one(data, "") is None
    reader = SeriesReader(BytesIO(data))
    assert (reader.series, reader.points) == (4, 10 + 4 * BLOCK_POINTS + 6)


class _Counting(BytesIO):
    """A file that counts what is read of it."""

    bytes_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.bytes_read += len(data)
        return data


def test_one_series_of_many_is_read_without_the_others() -> None:
    data = encode_series(_line(f"metric {number:05}", 40) for number in range(10_000))
    file = _Counting(data)
    found = SeriesReader(file).read("metric 07777")
    assert found is not None
    assert len(found.values) == 40
    assert file.bytes_read < len(data) / 10


def test_a_long_series_comes_in_pieces_none_of_which_is_longer_than_a_block() -> None:
    series = _line("loss", 2 * BLOCK_POINTS + 5)
    reader = SeriesReader(BytesIO(encode_series([_line("a", 3), series])))
    pieces = list(reader.pieces("loss"))
    assert [len(piece.values) for piece in pieces] == [BLOCK_POINTS - 3, BLOCK_POINTS, 8]
    assert _bits(joined(pieces) or _line("", 1)) == _bits(series)
    assert list(reader.pieces("los")) == []
    assert joined([]) is None


def test_series_that_are_read_by_name_in_their_order_open_each_block_once() -> None:
    data = encode_series(_line(f"metric {number:05}", 40) for number in range(10_000))
    file = _Counting(data)
    reader = SeriesReader(file)
    before = file.bytes_read
    for name in [name for name, _ in reader.names()]:
        assert sum(len(piece.values) for piece in reader.pieces(name)) == 40
    # Once for the names, once for the points; where a block begins the one before it may be asked again.
    assert file.bytes_read - before < 3.1 * len(data)


def test_names_that_are_no_text_keep_their_bytes() -> None:
    name = b"caf\xe9/loss".decode("utf-8", "surrogateescape")
    assert canonical_name(name) == name
    series = sorted(
        [_line(name, 1), _line("café/loss", 2), _line("\U0001f600", 3)], key=lambda each: name_bytes(each.name)
    )
    assert [each.name for each in decode_series(encode_series(series))] == [each.name for each in series]
    assert canonical_name("half \ud800") == "half \ufffd"
    assert canonical_name("") is None
    assert canonical_name("é" * 513) is None
    assert canonical_name("e" * 1024) == "e" * 1024


def test_what_is_not_sorted_is_refused() -> None:
    with pytest.raises(ValueError, match="not sorted"):
        encode_series([_line("b", 1), _line("a", 1)])
    with pytest.raises(ValueError, match="not sorted"):
        encode_series([_line("a", 1), _line("a", 1)])


def test_a_million_points_are_small_and_quick_to_read() -> None:
    # Real clocks and values: what compresses is what the columns have in common.
    steps = array("q", range(100_000))
    ats = array(
        "q", (1_700_000_000_000_000_000 + 1_234_567 * index + index * index % 9_973 for index in range(100_000))
    )
    values = array("d", (math.exp(-index / 1e5) + index * 7_919 % 1_000 / 1e5 for index in range(100_000)))
    data = encode_series([Series("loss", steps, ats, values)])
    assert len(data) < 100_000 * 24 / 2


def _by_the_book(data: bytes) -> dict[bytes, list[tuple[int, int, float]]]:
    """A reader written from the description of the format alone."""
    magic, blocks, index_length, count, points = struct.unpack_from("<4sIIQQ", data)
    assert magic == b"rls1"
    at, offset = 28, 28 + index_length
    found: dict[bytes, list[tuple[int, int, float]]] = {}
    for _ in range(blocks):
        length, block_points, name_length = struct.unpack_from("<IIH", data, at)
        first = data[at + 10 : at + 10 + name_length]
        at += 10 + name_length
        block = zlib.decompress(data[offset : offset + length])
        offset += length
        (segments,) = struct.unpack_from("<I", block)
        place, names = 4, []
        for _ in range(segments):
            (size,) = struct.unpack_from("<H", block, place)
            name = block[place + 2 : place + 2 + size]
            (length,) = struct.unpack_from("<I", block, place + 2 + size)
            place += 6 + size
            names += [name] * length
        assert names[0] == first
        columns = [block[place + 8 * block_points * column :][: 8 * block_points] for column in range(3)]
        numbers = [
            [bytes(column[plane * block_points + point] for plane in range(8)) for point in range(block_points)]
            for column in columns
        ]
        steps = accumulate(int.from_bytes(number, "little", signed=True) for number in numbers[0])
        ats = accumulate(int.from_bytes(number, "little", signed=True) for number in numbers[1])
        values = (struct.unpack("<d", number)[0] for number in numbers[2])
        for name, *point in zip(names, steps, ats, values, strict=True):
            found.setdefault(name, []).append((point[0], point[1], point[2]))
    assert offset == len(data)
    assert len(found) == count
    assert sum(map(len, found.values())) == points
    return found


def test_the_description_is_enough_to_read_it() -> None:
    series = [_series("a", [(5, 10, 0.5), (-3, 20, -0.0)]), _line("loss", BLOCK_POINTS + 3), _line("é", 2)]
    found = _by_the_book(encode_series(series))
    assert {name.decode(): points for name, points in found.items()} == {
        each.name: list(zip(each.steps, each.ats, each.values, strict=True)) for each in series
    }


_GOOD = encode_series([_line("a", 3), _line("loss", 50), _line("z", 2)])


def _read_everything(data: bytes) -> None:
    with suppress(MalformedSeriesError):
        reader = SeriesReader(BytesIO(data))
        list(reader.names())
        list(reader)
    with suppress(MalformedSeriesError):
        read_one(data, "loss")


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: _GOOD[:28] + tail))
def test_any_bytes_are_series_or_malformed(data: bytes) -> None:
    _read_everything(data)


@given(st.integers(0, len(_GOOD) - 1), st.integers(1, 255))
def test_a_changed_byte_is_malformed_or_another_series(place: int, change: int) -> None:
    data = bytearray(_GOOD)
    data[place] ^= change
    _read_everything(bytes(data))


@pytest.mark.parametrize("length", range(0, len(_GOOD), 7))
def test_what_is_cut_short_is_malformed(length: int) -> None:
    with pytest.raises(MalformedSeriesError):
        list(decode_series(_GOOD[:length]))


def _forged(content: bytes, *, points: int = 1, total: int = 1, first: bytes = b"a") -> bytes:
    block = zlib.compress(content)
    index = struct.pack("<IIH", len(block), points, len(first)) + first
    return struct.pack("<4sIIQQ", b"rls1", 1, len(index), 1, total) + index + block


def test_a_bomb_is_not_unpacked() -> None:
    data = _forged(bytes(200 << 20))
    tracemalloc.start()
    with pytest.raises(MalformedSeriesError, match="length"):
        list(decode_series(data))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


@pytest.mark.parametrize(
    ("content", "points", "total"),
    [
        (struct.pack("<I", 0), 1, 1),
        (struct.pack("<IH1sI", 1, 1, b"a", 2) + bytes(24), 1, 1),
        (struct.pack("<IH1sI", 1, 1, b"b", 1) + bytes(24), 1, 1),
        (struct.pack("<IH1sI", 1, 1, b"a", 1) + bytes(23), 1, 1),
        (struct.pack("<IH1sI", 1, 1, b"a", 0), 1, 1),
        (struct.pack("<IH1sIH1sI", 2, 1, b"a", 1, 1, b"a", 1) + bytes(48), 2, 2),
        (struct.pack("<I", 0xFFFFFFFF) + bytes(100), 1, 1),
        (struct.pack("<IH1sI", 1, 1, b"a", 1) + bytes(24), 1, 1 << 60),
        (struct.pack("<IH1sI", 1, 1, b"a", 1) + bytes(24), 0, 0),
        (struct.pack("<IH1sI", 1, 1, b"a", 1) + bytes(24), 1, 2),
    ],
)
def test_what_contradicts_itself_is_malformed(content: bytes, points: int, total: int) -> None:
    with pytest.raises(MalformedSeriesError):
        list(decode_series(_forged(content, points=points, total=total)))


def test_differences_that_leave_the_range_are_malformed() -> None:
    # Two deltas of the largest step each.
    planes = b"\xff" * 14 + b"\x7f" * 2
    with pytest.raises(MalformedSeriesError, match="range"):
        list(decode_series(_forged(struct.pack("<IH1sI", 1, 1, b"a", 2) + planes + bytes(32), points=2, total=2)))
