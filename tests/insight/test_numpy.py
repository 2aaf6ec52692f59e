"""Arrays as NumPy writes them."""

import io
from typing import Any

import pytest
from tests.insight.said import said, sameness

np = pytest.importorskip("numpy", reason="these files are written by NumPy")


def npy(array: Any) -> bytes:  # noqa: ANN401 - NumPy need not be here
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def npz(*, packed: bool = False, **arrays: Any) -> bytes:  # noqa: ANN401 - as above
    file = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(file, **arrays)
    return file.getvalue()


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", "c8", "c16", "i1", "u2", ">i4", "u8", "i8"])
def test_the_one_number_that_differs_is_found_in_every_type(dtype: str) -> None:
    a = np.arange(60).astype(dtype).reshape(3, 20)
    b = a.copy()
    b[2, 3] += 1
    found = said("x.npy", npy(a), npy(b), tolerance=1e-4)
    count = 120 if dtype.startswith("c") else 60
    assert found == ("different", f"1 of {count} numbers differs: 43 and 44", 1 / 44)
    assert sameness("x.npy", npy(a), npy(b), tolerance=0.03) == "within-tolerance"


def test_nan_equals_nan_whatever_its_bits_and_zero_equals_minus_zero() -> None:
    a, b = np.array([np.nan, 0.0, 1.0]), np.array([-np.nan, -0.0, 1.0])
    assert a.tobytes() != b.tobytes()
    assert said("x.npy", npy(a), npy(b)) == ("equal", "the bytes differ, the values do not", 0.0)


def test_nan_against_a_number_has_no_measure_and_no_tolerance_covers_it() -> None:
    found = said("x.npy", npy(np.array([np.nan, 1.0])), npy(np.array([2.0, 1.5])), tolerance=float("inf"))
    assert found == ("different", "2 of 2 numbers differ, some without measure", float("inf"))


def test_the_largest_deviation_is_that_of_all_pieces() -> None:
    """More numbers than are compared at a time."""
    a = np.ones(300_000)
    b = a.copy()
    b[[5, 70_000, 299_999]] = [1 + 1e-7, 1 - 1e-3, 1 + 1e-5]
    found = said("x.npy", npy(a), npy(b), tolerance=0.01)
    assert found.sameness == "within-tolerance"
    assert found.deviation == pytest.approx(1e-3, rel=1e-9)
    assert found.detail.startswith("3 of 300,000 numbers differ, by at most 0.001 relative")


def test_numbers_so_large_that_their_difference_is_out_of_range_still_have_a_deviation() -> None:
    assert said("x.npy", npy(np.array([1.7e308])), npy(np.array([-1.7e308]))).deviation == 2.0


@pytest.mark.parametrize(
    ("b", "detail"),
    [
        ("np.zeros((3, 2))", "shapes 2x3 and 3x2"),
        ("np.zeros((2, 3), 'f4')", "types <f8 and <f4"),
        ("np.zeros((2, 3), order='F')", "one lies in memory row by row, the other column by column"),
    ],
)
def test_other_shapes_types_and_orders_are_differences(b: str, detail: str) -> None:
    assert said("x.npy", npy(np.zeros((2, 3))), npy(eval(b))).detail == detail  # noqa: S307 - written above


def test_text_truth_and_times_are_compared_item_by_item_and_no_tolerance_covers_them() -> None:
    for a, b in (
        (np.array([True, False]), np.array([True, True])),
        (np.array(["ab", "c"]), np.array(["ab", "d"])),
        (np.array(["2024-01-01", "2024-01-02"], "M8[ns]"), np.array(["2024-01-01", "2024-01-03"], "M8[ns]")),
    ):
        assert said("x.npy", npy(a), npy(b), tolerance=1).detail == "1 of 2 items differ"


def test_what_lies_between_the_fields_of_a_record_says_nothing() -> None:
    dtype = np.dtype([("flag", "u1"), ("x", "f8")], align=True)
    a, b = np.zeros(4, dtype), np.zeros(4, dtype)
    b.view("u1").reshape(4, -1)[:, 3] = 77
    assert sameness("x.npy", npy(a), npy(b)) == "equal"
    b["x"][2] = 1.5
    assert said("x.npy", npy(a), npy(b)).detail == "[x]: 1 of 8 numbers differs: 0 and 1.5"


def test_several_arrays_in_one_file_are_all_compared() -> None:
    one, two, three = (npy(np.full(3, value)) for value in (1.0, 2.0, 3.0))
    assert sameness("x.npy", one + two, one + three) == "different"
    assert said("x.npy", one + two, one).detail == "the first has more arrays"


def test_an_npz_is_compared_array_by_array_however_it_is_packed() -> None:
    arrays = {"w": np.linspace(0, 1, 640), "b": np.arange(4)}
    assert sameness("x.npz", npz(**arrays), npz(packed=True, **arrays)) == "equal"
    changed = {**arrays, "w": arrays["w"].copy()}
    changed["w"][[3, 4, 5]] *= 1 + 2e-7
    found = said("x.npz", npz(**arrays), npz(packed=True, **changed), tolerance=1e-6)
    assert found.sameness == "within-tolerance"
    assert found.detail == "w: 3 of 640 numbers differ, by at most 2e-07 relative"


def test_an_array_that_only_one_has_is_named() -> None:
    found = said("x.npz", npz(a=np.ones(2)), npz(a=np.ones(2), b=np.ones(2)))
    assert (found.sameness, found.detail) == ("different", "b: only in the second")


def test_arrays_of_python_objects_are_compared_as_the_pickles_they_are() -> None:
    a, b = (np.array(["x", None, {"k": value}], dtype=object) for value in (1, 2))
    assert said("x.npy", npy(a), npy(b)).detail.startswith("2.k: 1 of ")
