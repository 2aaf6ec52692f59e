"""Searching for causes, where it is known what they are: the change that a set of differences makes is a function."""

import itertools
import math
import random
from collections.abc import Callable, Mapping, Sequence

import pytest

from runlore.insight.cause.scale import Ends, Scale
from runlore.insight.cause.search import Cause, Search

Set = frozenset[int]


class _Asked:
    """Counts the sets that are measured."""

    def __init__(self, shares: Callable[[Set], float | None]) -> None:
        self._shares = shares
        self.seen: dict[Set, float | None] = {}

    def __call__(self, items: Set) -> float | None:
        return self.seen.setdefault(items, self._shares(items))


def _search(groups: Sequence[Sequence[int]], shares: Callable[[Set], float | None]) -> tuple[list[Cause], int]:
    asked = _Asked(shares)
    return Search(groups, asked, 0.1).run(), len(asked.seen)


def _groups(sizes: Sequence[int]) -> list[range]:
    starts = [0, *itertools.accumulate(sizes)]
    return [range(start, start + size) for start, size in zip(starts, sizes, strict=False)]


def _adding(weights: Mapping[int, float]) -> Callable[[Set], float]:
    return lambda items: sum(weight for item, weight in weights.items() if item in items)


def _together(needed: Sequence[int]) -> Callable[[Set], float]:
    return lambda items: float(items.issuperset(needed))


@pytest.mark.parametrize("sizes", [(1,), (10,), (50,), (3, 7), (10, 8, 5, 50, 2)])
def test_a_single_cause_is_found_with_few_measurements(sizes: tuple[int, ...]) -> None:
    total = sum(sizes)
    for guilty in range(total):
        causes, runs = _search(_groups(sizes), _together([guilty]))
        assert causes == [Cause((guilty,), 1.0, suffices=True, needed=True)]
        assert runs <= 2 * math.log2(total) + 5, (sizes, guilty)


@pytest.mark.parametrize("sizes", [(9,), (4, 6), (2, 3, 4)])
def test_two_that_add_up_are_both_named_with_their_shares(sizes: tuple[int, ...]) -> None:
    for one, other in itertools.permutations(range(9), 2):
        causes, _ = _search(_groups(sizes), _adding({one: 0.7, other: 0.3}))
        assert [cause.items for cause in causes] == [(one,), (other,)]
        assert [round(cause.share, 6) for cause in causes] == [0.7, 0.3]
        assert all(cause.suffices and cause.needed for cause in causes)


@pytest.mark.parametrize("sizes", [(10,), (4, 6), (2, 3, 5)])
def test_two_that_only_act_together_are_one_cause(sizes: tuple[int, ...]) -> None:
    for pair in itertools.combinations(range(10), 2):
        causes, _ = _search(_groups(sizes), _together(pair))
        assert causes == [Cause(pair, 1.0, suffices=True, needed=True)]


def test_one_that_undoes_another_is_no_cause_but_the_other_is_not_all() -> None:
    # 3 makes twice the change and 7 takes half of it back.
    causes, _ = _search(_groups((10,)), lambda items: 2.0 * (3 in items) - 1.0 * (7 in items))
    assert [(cause.items, cause.share) for cause in causes] == [((3,), 2.0), ((7,), -1.0)]


def test_either_of_two_suffices_and_neither_is_needed() -> None:
    causes, _ = _search(_groups((10,)), lambda items: float(bool(items & {3, 7})))
    assert len(causes) == 1
    assert causes[0].items in {(3,), (7,)}
    assert (causes[0].suffices, causes[0].needed) == (True, False)


def test_what_cannot_run_without_another_is_taken_with_it() -> None:
    # 1 is a function that 5 calls: 5 alone cannot run, and it is 5 that makes the change.
    def shares(items: Set) -> float | None:
        return None if 5 in items and 1 not in items else float(5 in items)

    causes, _ = _search(_groups((10,)), shares)
    assert causes == [Cause((1, 5), 1.0, suffices=True, needed=True)]


def test_groups_that_cannot_run_alone_do_not_hide_the_one_that_can() -> None:
    # New code needs the new package; the data is to blame.
    def shares(items: Set) -> float | None:
        return None if (0 in items) != (1 in items) else float(2 in items)

    causes, _ = _search([[0], [1], [2]], shares)
    assert causes == [Cause((2,), 1.0, suffices=True, needed=True)]


def test_nothing_but_unresolved_sets_leaves_all_of_them() -> None:
    causes, _ = _search(_groups((4,)), lambda _: None)
    assert [(cause.items, cause.suffices) for cause in causes] == [((0, 1, 2, 3), None)]


def test_any_made_up_mixture_ends_and_what_it_names_suffices() -> None:
    chance = random.Random(7)  # noqa: S311 - not for a secret
    for _ in range(300):
        sizes = [chance.randint(1, 6) for _ in range(chance.randint(1, 5))]
        total = sum(sizes)
        sets = [frozenset(chance.sample(range(total), chance.randint(1, min(3, total)))) for _ in range(3)]
        parts = [chance.random() for _ in sets]
        weights = [part / sum(parts) for part in parts]

        def shares(items: Set, sets: list[Set] = sets, weights: list[float] = weights) -> float | None:
            return sum(weight for each, weight in zip(sets, weights, strict=True) if each <= items)

        causes, runs = _search(_groups(sizes), shares)
        assert causes
        assert runs <= 4 * total * total + 32
        for cause in causes:
            assert cause.share == pytest.approx(shares(frozenset(cause.items)))


def test_shapley_values_of_the_groups_add_up() -> None:
    search = Search(_groups((1, 1, 1)), lambda items: 0.5 * (0 in items) + 0.5 * items.issuperset({1, 2}), 0.1)
    assert search.effects() == pytest.approx({0: 0.5, 1: 0.25, 2: 0.25})
    assert Search(_groups((1, 1)), lambda _: None, 0.1).effects() == {}


def test_ends_that_repeat_exactly_need_one_run_of_each_kind() -> None:
    ends = Ends((1.0, 1.0), (1.5, 1.5))
    assert (ends.is_exact, ends.p, ends.apart) == (True, 0.0, 0.5)
    scale = Scale.of(ends)
    assert (scale.is_told([1.1]), scale.share([1.5]), scale.share([1.25])) == (True, 1.0, 0.5)
    assert Ends((1.0, 1.0), (1.0, 1.0)).p == 1.0


def test_noise_that_is_as_large_as_the_change_asks_for_repeats() -> None:
    ends = Ends((1.0, 1.2, 0.8), (2.0, 2.2, 1.8))
    assert ends.spread == pytest.approx(0.2)
    scale = Scale.of(ends)
    assert scale.spread > ends.spread  # which so few runs do not tell
    assert [scale.is_told([value] * 2) for value in (0.9, 1.5, 2.1)] == [True, False, True]
    assert scale.is_told([1.5] * 16)
    assert [scale.placed([value] * 3) for value in (0.9, 1.1, 2.1)] == [0, 0, 1]
    assert ends.p is not None
    assert ends.p < 0.01
    near = Ends((1.0, 1.4, 0.7), (1.1, 1.5, 0.8))
    assert near.p is not None
    assert near.p > 0.5
    assert Ends((1.0,), (2.0,)).p is None


def test_jitter_that_is_small_beside_the_change_takes_one_run_of_a_kind() -> None:
    scale = Scale.of(Ends((1.0, 1.000001, 0.999999), (2.0, 2.000001, 1.999999)))
    assert scale.is_told([1.0])
    assert scale.placed([1.0]) == pytest.approx(0, abs=1e-5)


def test_runs_that_only_happen_to_agree_are_taken_to_scatter() -> None:
    scale = Scale.of(Ends((1.0, 1.0), (2.0, 2.0)), is_exact=False)
    assert scale.spread > 0
    assert not scale.is_told([1.0])
