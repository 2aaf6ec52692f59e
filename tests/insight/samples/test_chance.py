"""The tests of significance, held against SciPy where it is there, and against what can be counted."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlore.insight.samples.chance import (
    adjusted,
    binomial_tail,
    hypergeometric_tail,
    mcnemar,
    mean_above_zero,
    signed_rank,
    welch,
)


@pytest.mark.parametrize(("wrong", "size", "every", "total"), [(3, 5, 4, 10), (1, 2, 1, 3), (5, 5, 5, 5), (0, 3, 2, 8)])
def test_fishers_test_counts_the_tables_that_are_as_bad_or_worse(wrong: int, size: int, every: int, total: int) -> None:
    ways = sum(
        math.comb(every, k) * math.comb(total - every, size - k)
        for k in range(wrong, min(size, every) + 1)
        if size - k <= total - every
    )
    assert hypergeometric_tail(wrong, size, every, total) == pytest.approx(ways / math.comb(total, size))


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 40))
def test_fishers_test_is_a_probability(wrong: int, more: int, others: int, rest: int) -> None:
    assert 0 <= hypergeometric_tail(wrong, wrong + more, wrong + others, wrong + more + others + rest) <= 1


def test_the_tails_are_those_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for wrong, size, every, total in ((8, 10, 50, 1000), (33_000, 300_000, 100_000, 1_000_000)):
        expected = stats.hypergeom.sf(wrong - 1, total, every, size)
        assert hypergeometric_tail(wrong, size, every, total) == pytest.approx(expected, rel=1e-6)
    assert binomial_tail(60, 100) == pytest.approx(stats.binom.sf(59, 100, 0.5))
    a, b = [1.0, 2.5, 3.0, 4.5, 2.0], [0.5, 1.0, 0.7, 1.5, 0.1, 0.9]
    sums = [(len(each), sum(each), sum(x * x for x in each)) for each in (a, b)]
    expected = stats.ttest_ind(a, b, equal_var=False, alternative="greater").pvalue
    assert welch(*sums) == pytest.approx(expected)
    assert mean_above_zero(sums[0]) == pytest.approx(stats.ttest_1samp(a, 0, alternative="greater").pvalue)


def test_mcnemar_is_the_sign_test_of_the_pairs_that_differ() -> None:
    assert mcnemar(0, 0) == 1
    assert mcnemar(5, 5) == 1
    assert mcnemar(0, 6) == mcnemar(6, 0) == pytest.approx(2 / 2**6)


def test_few_ranks_are_counted_out_and_many_are_approximated() -> None:
    ranks = [1.0, 2.5, 2.5, 4.0]
    sums = [sum(rank for rank, up in zip(ranks, signs, strict=True) if up) for signs in product((0, 1), repeat=4)]
    expected = sum(abs(each - 5) >= 4 for each in sums) / 16
    assert signed_rank(9, 4, sum(x * x for x in ranks), ranks) == pytest.approx(expected)
    many = [float(rank) for rank in range(1, 51)]
    squares = sum(x * x for x in many)
    assert signed_rank(900, 50, squares) == pytest.approx(signed_rank(900, 50, squares, many), rel=0.1)
    assert signed_rank(0, 0, 0) == 1


def test_adjusted_values_are_those_of_benjamini_and_yekutieli() -> None:
    harmonic = sum(1 / k for k in range(1, 101))
    found = adjusted([0.00001, 0.0001, 0.5], 100)
    assert found == pytest.approx([0.00001 * 100 * harmonic, 0.0001 * 100 * harmonic / 2, 1.0], rel=1e-3)
    assert adjusted([], 0) == []
    assert adjusted([0.2, 0.01], 10)[1] <= adjusted([0.2, 0.01], 10)[0]


def test_constant_groups_are_told_apart_or_not_at_all() -> None:
    assert welch((5, 5, 5), (5, 0, 0)) == 0
    assert welch((5, 5, 5), (5, 5, 5)) == 1
    assert welch((1, 5, 25), (5, 0, 0)) == 1
    assert mean_above_zero((4, 0, 0)) == 1
