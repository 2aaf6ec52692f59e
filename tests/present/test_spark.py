"""Numbers as a line of little bars."""

import math

import pytest

from runlore.present.term.spark import WIDTH, sparkline


def test_each_number_has_a_bar_from_nothing_to_the_largest() -> None:
    assert sparkline(range(8)) == "▁▂▃▄▅▆▇█"
    assert sparkline([0.0, 1.0, 0.5]) == "▁█▅"
    assert sparkline([5, 5, 5]) == "███"


def test_bars_of_negative_numbers_begin_at_the_smallest() -> None:
    assert sparkline([-1, 0, 1]) == "▁▅█"


def test_ascii_has_bars_too() -> None:
    assert sparkline(range(8), ascii_only=True) == "_.:-=+*#"


def test_many_numbers_share_bars_by_their_mean_or_as_asked() -> None:
    peak = [0.0] * 1000
    peak[500] = 1.0
    peak[0] = 10.0
    assert sparkline(peak, merge=max) == "█" + "▁" * 15 + "▂" + "▁" * 15
    assert len(sparkline(range(1000))) == WIDTH
    assert len(sparkline(range(WIDTH + 1))) == WIDTH
    halves = sparkline([0.0, 4.0] * 160 + [0.0, 2.0] * 160)
    assert halves == "█" * 16 + "▅" * 16


@pytest.mark.parametrize("values", [[], [1.0], [0.0, 0.0], [math.nan, math.nan], [1e308, -1e308]])
def test_where_there_is_nothing_to_tell_there_is_no_line(values: list[float]) -> None:
    assert sparkline(values) == ""


def test_what_is_no_number_is_a_gap() -> None:
    assert sparkline([1.0, math.nan, math.inf, 1.0]) == "█  █"


def test_without_zero_the_smallest_has_the_lowest_bar() -> None:
    assert sparkline([0.5, 0.6, 0.7], from_zero=False) == "▁▅█"
    assert sparkline([5, 5, 5], from_zero=False) == ""
