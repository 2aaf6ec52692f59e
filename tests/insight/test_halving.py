"""Bisection, with and without places of which nothing is known."""

import math

import pytest

from runlore.insight.cause.halving import first_bad


@pytest.mark.parametrize("count", [1, 2, 3, 10, 1000])
def test_the_first_bad_one_is_found_with_few_looks(count: int) -> None:
    for first in range(count) if count < 100 else range(0, count, 37):
        looks: list[int] = []

        def is_bad(at: int, first: int = first, looks: list[int] = looks) -> bool:
            looks.append(at)
            return at >= first

        assert first_bad(count, is_bad).places == (first,)
        assert len(looks) <= math.ceil(math.log2(count)) if count > 1 else not looks
        assert len(set(looks)) == len(looks)


def test_what_cannot_be_told_is_passed_over() -> None:
    unknown = {3, 4, 5}
    found = first_bad(10, lambda at: None if at in unknown else at >= 7)
    assert found.places == (7,)
    assert first_bad(10, lambda at: None if at in unknown else at >= 5).places == (3, 4, 5, 6)
    assert first_bad(10, lambda _: None).places == tuple(range(10))
