"""What is drawn of a series."""

import math
import random
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlore.insight.curve import above_zero, gaps, in_order, smoothed, strokes

NAN, INF = math.nan, math.inf


def _points(*values: float) -> "tuple[array[int], array[float]]":
    return array("q", range(len(values))), array("d", values)


def test_a_short_series_is_drawn_point_by_point_and_what_is_not_finite_is_a_gap() -> None:
    xs, ys = _points(1, 2, NAN, 3, INF, -INF, 4, 5)
    assert strokes(xs, ys, (0, 7), 800) == (((0, 1), (1, 2)), ((3, 3),), ((6, 4), (7, 5)))
    assert gaps(ys) == [2, 4, 5]


def test_nothing_finite_is_no_stroke() -> None:
    assert strokes(*_points(NAN, INF), (0, 1), 800) == ()
    assert strokes(*_points(*[NAN] * 100), (0, 99), 3) == ()


@given(
    st.lists(st.floats(-1e3, 1e3) | st.sampled_from([NAN, INF, -INF]), min_size=50, max_size=300), st.integers(1, 10)
)
def test_of_a_long_series_each_column_keeps_its_lowest_highest_first_and_last(
    values: list[float], columns: int
) -> None:
    xs, ys = _points(*values)
    span = (0, len(values) - 1)
    drawn = [point for stroke in strokes(xs, ys, span, columns) for point in stroke]
    assert drawn == sorted(drawn)
    assert set(drawn) <= set(zip(xs, ys, strict=True))
    for column in range(columns):
        inside = [at for at in xs if column < at * columns / span[1] <= column + 1 or at == column == 0]
        finite = [values[at] for at in inside if math.isfinite(values[at])]
        seen = [y for x, y in drawn if x in inside]
        if finite and len(values) > 4 * columns:
            assert (min(seen), max(seen), seen[0], seen[-1]) == (min(finite), max(finite), finite[0], finite[-1])
            assert len(seen) <= 4


def test_one_outlier_among_a_million_points_is_drawn() -> None:
    ys = array("d", bytes(8_000_000))
    ys[654_321] = 1e9
    drawn = [point for stroke in strokes(range(1_000_000), ys, (0, 999_999), 800) for point in stroke]
    assert (654_321, 1e9) in drawn
    assert len(drawn) <= 4 * 800


def test_a_gap_wider_than_a_column_stays_one() -> None:
    values = [1.0] * 1000 + [NAN] * 1000 + [2.0] * 1000
    left, right = strokes(*_points(*values), (0, 2999), 30)
    assert (left[-1], right[0]) == ((999, 1.0), (2000, 2.0))


def test_smoothing_starts_at_the_first_value_and_comes_to_the_mean_of_what_is_constant() -> None:
    assert list(smoothed([5.0] * 50, 0.99)) == pytest.approx([5.0] * 50)
    assert list(smoothed([1.0, 3.0], 0.5)) == pytest.approx([1.0, (0.5 * 0.5 * 1 + 0.5 * 3) / 0.75])
    assert list(smoothed([1.0, 2.0], 0.0)) == [1.0, 2.0]


def test_smoothing_goes_on_after_what_is_not_finite() -> None:
    found = smoothed([1.0, NAN, INF, 1.0], 0.9)
    assert (found[0], found[3]) == pytest.approx((1.0, 1.0))
    assert math.isnan(found[1])
    assert found[2] == INF


def test_points_come_into_order_and_those_at_one_place_stay_as_they_were() -> None:
    xs, ys = in_order(array("q", (2, 0, 2, 1)), array("d", (1, 2, 3, 4)))
    assert (list(xs), list(ys)) == ([0, 1, 2, 2], [2, 4, 1, 3])


def test_a_logarithm_has_no_place_for_zero_and_below() -> None:
    found, count = above_zero(array("d", (1, 0, -1, NAN)))
    assert (found[0], count) == (1, 2)
    assert all(map(math.isnan, found[1:]))


def test_values_that_sum_to_infinity_are_still_finite() -> None:
    ys = array("d", [1.7e308] * 100)
    assert gaps(ys) == []
    assert len(strokes(range(100), ys, (0, 99), 3)) == 1


def test_order_does_not_depend_on_luck() -> None:
    chance = random.Random(1)  # noqa: S311 - no secret
    xs = array("q", (chance.randrange(50) for _ in range(500)))
    assert list(in_order(xs, array("d", xs))[0]) == sorted(xs)
