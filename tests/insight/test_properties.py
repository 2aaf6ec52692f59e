"""What holds for all files, whatever is in them."""

import json
import math
import pickle
import struct
from array import array

from hypothesis import given
from hypothesis import strategies as st
from tests.insight.said import FILES, said

SUFFIXES = ".json .jsonl .yaml .toml .csv .tsv .npy .npz .safetensors .pkl .pt .zip .tar .gz .z .png .parquet"
NAMES = st.sampled_from(["x", *(f"x{suffix}" for suffix in SUFFIXES.split())])
STARTS = st.sampled_from(
    [
        *(b"", b"\x93NUMPY\x01\x00", b"\x80\x04", b"PK\x03\x04", b"\x1f\x8b\x08"),
        *(b"\x89PNG\r\n\x1a\n", b"PAR1", b"BZh9", b"\x78\x9c"),
    ]
)
BYTES = st.builds(bytes.__add__, STARTS, st.binary(max_size=300))
BUNDLED = [path.read_bytes() for path in sorted(FILES.iterdir())]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)
NUMBERS = st.lists(st.floats(width=64), min_size=1, max_size=40)
KINDS = {"identical", "equal", "within-tolerance", "different", "unreadable"}


@given(NAMES, BYTES)
def test_a_file_is_identical_to_itself(name: str, data: bytes) -> None:
    assert said(name, data, data) == ("identical", "", None)


@given(NAMES, BYTES, BYTES, st.floats(0, 1))
def test_random_bytes_never_raise_and_compare_alike_both_ways(name: str, a: bytes, b: bytes, tolerance: float) -> None:
    there, back = said(name, a, b, tolerance=tolerance), said(name, b, a, tolerance=tolerance)
    assert there.sameness in KINDS
    assert (there.sameness, there.deviation) == (back.sameness, back.deviation)
    assert (there.sameness == "identical") == (a == b)
    assert "\n" not in there.detail


@given(st.sampled_from(BUNDLED), st.integers(0, 5000), st.integers(0, 255), NAMES)
def test_a_damaged_file_never_raises_and_compares_alike_both_ways(data: bytes, at: int, value: int, name: str) -> None:
    damaged = bytearray(data)
    damaged[at % len(data)] = value
    there, back = said(name, data, bytes(damaged)), said(name, bytes(damaged), data)
    assert there.sameness in KINDS
    assert (there.sameness, there.deviation) == (back.sameness, back.deviation)


@given(VALUES)
def test_the_same_value_written_in_another_way_is_equal(value: object) -> None:
    ways = [json.dumps(value).encode(), json.dumps(value, indent=1, sort_keys=True).encode()]
    assert said("x.json", *ways).sameness in {"equal", "identical"}
    ways = [pickle.dumps(value, protocol) for protocol in (2, 5)]
    assert said("x.pkl", *ways).sameness == "equal"


@given(VALUES, VALUES)
def test_values_that_python_calls_unequal_are_never_called_equal(a: object, b: object) -> None:
    texts = [json.dumps(each, sort_keys=True) for each in (a, b)]
    if a != b and texts[0] != texts[1]:
        assert said("x.json", *(each.encode() for each in texts)).sameness == "different"
        assert said("x.pkl", pickle.dumps(a), pickle.dumps(b)).sameness == "different"


@given(NUMBERS, st.data())
def test_a_single_changed_number_is_found_and_its_deviation_is_exact(numbers: list[float], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(numbers) - 1))
    new = data.draw(st.floats(width=64))
    changed = [*numbers[:at], new, *numbers[at + 1 :]]
    old = numbers[at]
    equal = old == new or (math.isnan(old) and math.isnan(new))
    for found in (
        said("x.npy", npy(numbers), npy(changed)),
        said("x.json", json.dumps(numbers).encode(), json.dumps(changed, indent=0).encode()),
        said("x.pkl", pickle.dumps(numbers, 2), pickle.dumps(changed, 4)),
    ):
        assert found.sameness in ({"equal", "identical"} if equal else {"different"})
        if not equal:
            assert found.deviation == deviation(old, new)


@given(NUMBERS, st.floats(1e-12, 0.1))
def test_within_tolerance_is_what_deviates_by_no_more(numbers: list[float], share: float) -> None:
    changed = [each * (1 + share) for each in numbers]
    found = said("x.npy", npy(numbers), npy(changed))
    if found.deviation:
        expected = "within-tolerance" if math.isfinite(found.deviation) else "different"
        assert said("x.npy", npy(numbers), npy(changed), tolerance=found.deviation).sameness == expected
        less = math.nextafter(found.deviation, 0)
        assert said("x.npy", npy(numbers), npy(changed), tolerance=less).sameness == "different"


def deviation(a: float, b: float) -> float:
    if not math.isfinite(a) or not math.isfinite(b):
        return math.inf
    largest = max(abs(a), abs(b))
    found = abs(a - b) / largest
    return found if math.isfinite(found) else abs(a / largest - b / largest)


def npy(numbers: list[float]) -> bytes:
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({len(numbers)},), }}".encode()
    data = array("d", numbers)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data.tobytes()
