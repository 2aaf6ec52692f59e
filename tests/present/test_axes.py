"""Axes and what is written beside them."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runlore.present.axes import Axis, across, upwards

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def _said(axis: Axis, most: int = 5) -> list[str]:
    return [said for _, said in axis.ticks(most)]


def test_numbers_are_ones_twos_and_fives() -> None:
    assert _said(upwards([0, 1], log=False)) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert _said(upwards([-3, 12], log=False)) == ["0", "5", "10"]
    assert _said(across(0, 1_000_000, time=False)[0]) == ["0", "200,000", "400,000", "600,000", "800,000", "1,000,000"]


def test_steps_are_whole() -> None:
    assert _said(across(0, 2, time=False)[0], 8) == ["0", "1", "2"]
    assert _said(across(7, 7, time=False)[0]) == ["7"]


def test_a_logarithmic_axis_has_powers_of_ten_or_within_one_of_them_plain_numbers() -> None:
    assert _said(upwards([0.001, 100], log=True), 9) == ["0.001", "0.01", "0.1", "1", "10", "100"]
    assert _said(upwards([0.2, 0.6], log=True)) == ["0.2", "0.3", "0.4", "0.5", "0.6"]
    assert upwards([0.01, 100], log=True).place(1.0) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("seconds", "below"), [(90, "time (s)"), (600, "time (min)"), (20_000, "time (h)"), (1e6, "time (d)")]
)
def test_a_time_has_the_unit_that_it_is_long_in(seconds: float, below: str) -> None:
    axis, said = across(0, seconds, time=True)
    assert said == below
    assert 2 <= len(axis.ticks(8)) <= 17


@given(st.lists(FINITE, max_size=5), st.integers(2, 12), st.floats(0, 0.1))
def test_whatever_the_numbers_are_there_are_few_ticks_and_each_has_its_place(
    values: list[float], most: int, room: float
) -> None:
    axis = upwards(values, log=False, room=room)
    ticks = axis.ticks(most)
    assert len(ticks) <= 2 * most + 2
    assert all(0 <= place <= 1 for place, _ in ticks)
    assert [place for place, _ in ticks] == sorted(place for place, _ in ticks)
    assert all(0 <= axis.place(value) <= 1 for value in values)
    assert len({said for _, said in ticks}) == len(ticks)


@given(
    st.lists(st.floats(min_value=5e-324, allow_nan=False, allow_infinity=False), max_size=5),
    st.integers(2, 12),
    st.floats(0, 0.1),
)
@example([1e-5, 5e-324], 9, 0.04)
@example([1e-5, 1.7e308], 9, 0.04)
def test_the_same_holds_for_logarithms(values: list[float], most: int, room: float) -> None:
    axis = upwards(values, log=True, room=room)
    assert axis.low < axis.high
    assert all(0 <= place <= 1 and math.isfinite(place) for place, _ in axis.ticks(most))
    assert all(0 <= axis.place(value) <= 1 for value in values)


def test_beyond_what_a_double_holds_exactly_powers_of_ten_are_still_powers_of_ten() -> None:
    assert _said(upwards([1e308, 1e308], log=True)) == ["1e+308"]
    assert _said(upwards([1e-318, 1e-314], log=True)) == ["1e-318", "1e-317", "1e-316", "1e-315", "1e-314"]
