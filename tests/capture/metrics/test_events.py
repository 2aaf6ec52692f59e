"""Event files of real writers (tensorboardX 2.6, TensorBoard 2.21, Keras 3), kept here as bytes, and damaged ones."""

import math
import os
import struct
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlore.capture.metrics import events
from runlore.capture.metrics.crc32c import masked
from runlore.capture.metrics.events import Scalar, read_events, read_scalars
from runlore.capture.metrics.names import is_event_file
from runlore.capture.metrics.points import Points, Room
from runlore.capture.metrics.protobuf import MalformedMessageError, fields, varint
from runlore.capture.metrics.tensor import scalar_of
from runlore.capture.metrics.tfrecord import LONGEST, DamagedFileError, read_records

_KEPT = Path(__file__).parent / "events"
_X = _KEPT / "tensorboardx" / "events.out.tfevents.1.made"
_TENSORS = _KEPT / "tensors" / "events.out.tfevents.1.made"
_KERAS = _KEPT / "keras" / "validation" / "events.out.tfevents.1.made.v2"


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked(length)) + data + struct.pack("<I", masked(data))


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    found = b""
    while number > 0x7F:
        found += bytes((number & 0x7F | 0x80,))
        number >>= 7
    return found + bytes((number,))


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _event(tag: bytes, value: float, step: int | None = None, wall: float = 1.5, more: bytes = b"") -> bytes:
    point = _field(1, tag) + b"\x15" + struct.pack("<f", value) + more
    steps = b"" if step is None else b"\x10" + _varint(step)
    return b"\x09" + struct.pack("<d", wall) + steps + _field(5, _field(1, point))


def _write(folder: Path, records: Iterable[bytes], name: str = "events.out.tfevents.1.host") -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"".join(map(_record, records)))
    return os.fspath(folder / name)


def _of(path: str | Path, tag: str) -> list[tuple[int, float]]:
    return [(each.step, each.value) for each in read_scalars(os.fspath(path)) if each.tag == tag]


def _float(value: float) -> float:
    found: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return found


def test_every_point_of_a_real_writer_is_read() -> None:
    assert _of(_X, "loss") == [(index, _float(1 / (index + 1))) for index in range(20)]
    assert _of(_X, "val/acc") == [(10 * index, _float(index / 20)) for index in range(20)]
    assert {each.tag for each in read_scalars(os.fspath(_X))} == {"loss", "val/acc", "odd"}  # no text, no histogram


def test_nan_infinities_and_negative_steps_are_points_too() -> None:
    (first, nan), *others = _of(_X, "odd")
    assert (first, math.isnan(nan)) == (1, True)
    assert others == [(2, math.inf), (-3, -math.inf)]


def test_times_are_exact_to_the_nanosecond() -> None:
    times = [each.at for each in read_scalars(os.fspath(_X)) if each.tag == "val/acc"]
    assert times == [1_700_000_000_000_000_000 + 250_000_000 * index for index in range(20)]


@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "float16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
)
def test_a_scalar_may_be_a_tensor_of_any_number_type(dtype: str) -> None:
    assert _of(_TENSORS, dtype) == [(0, 0.0), (1, 1.0), (2, 0.5 if dtype.startswith("float") else 2.0)]


def test_tensors_with_typed_fields_are_read() -> None:
    expected = {"float_val": 0.25, "double_val": 0.1, "int_val": -5, "int64_val": -6, "half_val": 1.5}
    expected |= {"bfloat16_val": 1.5, "bool_val": 1, "uint64_val": 2.0**63}
    assert {tag: _of(_TENSORS, tag) for tag in expected} == {tag: [(0, value)] for tag, value in expected.items()}


def test_tensors_that_are_no_scalars_are_left_out() -> None:
    tags = {each.tag for each in read_scalars(os.fspath(_TENSORS))}
    assert not tags & {"vector", "string", "histogram"}


def test_keras_own_callback_is_read() -> None:
    losses = _of(_KERAS, "epoch_loss")
    assert [step for step, _ in losses] == [0, 1, 2]
    assert all(1 < value < 3 for _, value in losses)
    assert len(_of(_KERAS, "epoch_mae")) == 3


def test_as_the_library_itself_reads_them() -> None:
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="needs tensorboard")
    for path in (_X, _KERAS):
        theirs = loader.EventAccumulator(os.fspath(path), size_guidance={"scalars": 0, "tensors": 0})
        theirs.Reload()
        for tag in theirs.Tags()["scalars"]:
            assert str(_of(path, tag)) == str([(each.step, each.value) for each in theirs.Scalars(tag)])


def test_a_file_that_was_cut_anywhere_gives_the_points_before_the_cut(tmp_path: Path) -> None:
    records = [_event(b"loss", index, index) for index in range(5)]
    whole = b"".join(map(_record, records))
    ends = [sum(len(_record(each)) for each in records[: count + 1]) for count in range(5)]
    path = tmp_path / "events.out.tfevents.1.host"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert len(_of(path, "loss")) == sum(end <= length for end in ends)


def test_damage_in_the_middle_ends_the_file_with_a_warning(tmp_path: Path) -> None:
    path = _write(tmp_path, [_event(b"loss", index, index) for index in range(5)])
    whole = Path(path).read_bytes()
    size = len(whole) // 5
    for place in range(size, 2 * size):
        Path(path).write_bytes(whole[:place] + bytes((whole[place] ^ 0x10,)) + whole[place + 1 :])
        points = Points(Room())
        (warning,) = read_events([path], points)
        assert warning.code == "events-damaged"
        assert f"damaged at byte {size}" in warning.message
        assert list(points.one("loss").values) == [0.0]


def test_long_records_are_passed_over_and_large_ones_checked_by_length(tmp_path: Path) -> None:
    image = _field(5, _field(1, _field(1, b"image") + _field(4, bytes(50_000))))
    movie = _field(5, _field(1, _field(1, b"movie") + _field(4, bytes(LONGEST))))
    path = _write(tmp_path, [image, _event(b"loss", 1, 1), movie, _event(b"loss", 2, 2)])
    assert _of(path, "loss") == [(1, 1.0), (2, 2.0)]
    assert max(map(len, read_records(path))) == len(image)


def test_a_length_that_promises_more_than_there_is_is_a_cut_tail(tmp_path: Path) -> None:
    head = struct.pack("<Q", 1 << 62)
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(_record(_event(b"loss", 1, 1)) + head + struct.pack("<I", masked(head)) + b"some bytes")
    assert _of(path, "loss") == [(1, 1.0)]


@given(st.binary(max_size=60))
def test_any_message_is_read_or_malformed(data: bytes) -> None:
    for reader in (lambda: list(fields(data)), lambda: scalar_of(data), lambda: list(events._scalars(data, {b""}))):
        try:
            reader()
        except MalformedMessageError:
            continue
    assert events._plain(data) is None or len(data) > 20


_STEPS = st.none() | st.integers(-(1 << 63), (1 << 63) - 1)


@given(st.text(max_size=140), st.floats(width=32), _STEPS, st.floats(), st.sampled_from([b"", b"\x4a\x02\x0a\x00"]))
def test_the_short_way_says_what_the_long_one_does(
    tag: str, value: float, step: int | None, wall: float, more: bytes
) -> None:
    data = _event(tag.encode(), value, step, wall, more)
    (slow,) = events._scalars(data, set())
    fast = events._plain(data)
    assert fast is None or str(fast) == str(slow)
    if 0 < len(tag.encode()) < 110 and not more and (step is None or step >= 0):
        assert fast is not None
    assert slow.tag == tag
    assert slow.step == (step or 0)


def test_a_number_of_too_many_bytes_is_malformed() -> None:
    with pytest.raises(MalformedMessageError):
        varint(b"\xff" * 11, 0)
    assert varint(b"\xff" * 9 + b"\x01", 0) == ((1 << 64) - 1, 10)


def test_a_file_is_read_as_far_as_there_is_room(tmp_path: Path) -> None:
    path = _write(tmp_path, [_event(b"loss", index, index) for index in range(10)])
    points = Points(Room(points=4))
    (warning,) = read_events([path], points)
    assert warning.code == "metrics-too-many"
    assert list(points.one("loss").steps) == [0, 1, 2, 3]


def test_folders_below_the_shared_one_are_part_of_the_name(tmp_path: Path) -> None:
    day = tmp_path / "runs" / "Nov23_15-59-01_host"
    paths = [_write(day / part, [_event(b"loss", value, 1)]) for part, value in (("train", 1), ("validation", 2))]
    points = Points(Room())
    assert read_events(paths, points) == []
    assert list(points.names) == ["train/loss", "validation/loss"]
    alone = Points(Room())
    read_events(paths[:1], alone)
    assert list(alone.names) == ["loss"]


def test_the_folders_that_add_scalars_makes_are_named_as_in_the_call(tmp_path: Path) -> None:
    torch = [
        _write(tmp_path / "a", [_event(b"x", 1, 1)]),
        _write(tmp_path / "a" / "val_loss_head", [_event(b"val/loss", 1, 1)]),
    ]
    points = Points(Room())
    read_events(torch, points)
    assert list(points.names) == ["x", "val/loss/head"]
    folder = _KEPT / "tensorboardx"
    points = Points(Room())
    read_events([os.fspath(path) for path in sorted(folder.rglob("events*"))], points)
    assert points.one("rate/head").values[0] == _float(0.1)
    assert points.one("rate/body").values[0] == _float(0.2)
    assert len(points.one("loss").values) == 20


def test_event_files_are_known_by_name() -> None:
    assert is_event_file("/p/runs/x/events.out.tfevents.1795451121.vm.936.0.v2")
    assert not is_event_file("/p/my.tfevents.d/readme")


def test_a_pipe_in_place_of_a_file_is_a_warning_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "events.out.tfevents.1.host"
    os.mkfifo(path)
    (warning,) = read_events([os.fspath(path)], Points(Room()))
    assert warning.code == "events-damaged"
    assert "not a file" in warning.message


def test_a_scalar_without_a_time_has_none() -> None:
    assert events._plain(_event(b"loss", 1, 1, math.nan)) == Scalar("loss", 1, 0, 1.0)


def test_damage_is_told_after_the_good_records(tmp_path: Path) -> None:
    path = _write(tmp_path, [b"one", b"two"])
    with open(path, "ab") as file:
        file.write(bytes(20))
    found = read_records(path)
    assert [next(found), next(found)] == [b"one", b"two"]
    with pytest.raises(DamagedFileError):
        next(found)
