"""Whether a difference stands out: against the quantiles in every table of Student's t."""

import math

import pytest

from runlore.insight.better import better
from runlore.insight.spread import compare_draws, compare_groups, incomplete_beta

# Two-sided p of 0.05 and of 0.01 by degrees of freedom, as printed in textbooks.
QUANTILES = [
    (1, 12.706, 0.05), (2, 4.303, 0.05), (4, 2.776, 0.05), (10, 2.228, 0.05), (30, 2.042, 0.05), (5, 4.032, 0.01),
]  # fmt: skip


@pytest.mark.parametrize(("freedom", "t", "p"), QUANTILES)
def test_the_p_value_is_that_of_the_tables(freedom: int, t: float, p: float) -> None:
    assert incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5) == pytest.approx(p, rel=2e-3)


def test_two_groups_are_tested_as_a_textbook_does() -> None:
    # Means 3 and 6, pooled variance 2.5, t = -3 with 8 degrees of freedom.
    found = compare_groups([1, 2, 3, 4, 5], [4, 5, 6, 7, 8])
    assert found is not None
    assert found.spread == pytest.approx(math.sqrt(2.5))
    assert found.p == pytest.approx(0.01707, rel=1e-3)
    assert found.stands_out


def test_a_single_run_may_stand_against_a_group() -> None:
    near, far = compare_groups([1.0, 1.1, 0.9, 1.05], [1.2]), compare_groups([1.0, 1.1, 0.9, 1.05], [2.0])
    assert near is not None
    assert far is not None
    assert (near.stands_out, far.stands_out) == (False, True)


def test_nothing_is_said_where_there_is_nothing_to_measure_noise_by() -> None:
    assert compare_groups([1.0], [2.0]) is None
    assert compare_groups([], [2.0, 3.0, 4.0]) is None
    assert compare_groups([1.0, math.nan], [2.0]) is None
    assert compare_draws(1.0, 2.0, [1.5]) is None


def test_without_noise_any_difference_stands_out_and_none_does_not() -> None:
    other, same = compare_groups([1.0, 1.0], [1.5]), compare_groups([1.0, 1.0], [1.0])
    assert other is not None
    assert same is not None
    assert (other.p, same.p) == (0.0, 1.0)


def test_two_of_a_group_are_as_far_apart_as_others_are() -> None:
    found = compare_draws(1.0, 1.2, [0.9, 1.1, 1.0, 1.3])
    assert found is not None
    assert not found.stands_out


@pytest.mark.parametrize(
    ("name", "direction"),
    [("loss", "min"), ("val/accuracy", "max"), ("test_F1", "max"), ("eval.rmse", "min"), ("lr", None), ("x", None)],
)
def test_a_name_says_which_way_is_better(name: str, direction: str | None) -> None:
    assert better(name) == direction


def test_words_that_disagree_say_nothing() -> None:
    assert better("accuracy_loss") is None
