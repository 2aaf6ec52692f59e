"""Searching for causes beside noise: thousands of made-up searches, of which it is known what is to be found."""

import collections
import random
from collections.abc import Callable, Mapping, Sequence

import pytest

from runlore.insight.cause.search import Search
from runlore.ops.hybrids.memory import Came
from runlore.ops.hybrids.mixture import Mixed
from runlore.ops.hybrids.weighing import A, B, Weighing
from runlore.records.hashing import RunId

_RUN = RunId("0" * 64)


class _Made:
    """Runs that scatter by one around the sum of the weights of what is in them."""

    def __init__(self, chance: random.Random, weights: Mapping[int, float], *, steps: float = 0.0) -> None:
        self._chance = chance
        self._weights = weights
        self._steps = steps
        self._known: dict[object, list[float]] = {}
        self.count = 0

    def need(self, wanted: Sequence[tuple[object, Callable[[], Mixed], str]], count: int) -> None:
        for key, _, _ in wanted:
            values = self._known.setdefault(key, [])
            while len(values) < count:
                values.append(self.draw(key))
                self.count += 1

    def draw(self, key: object) -> float:
        items = set(self._weights) if key == B else key if isinstance(key, frozenset) else set()
        value = self._chance.gauss(sum(weight for item, weight in self._weights.items() if item in items), 1)
        return round(value / self._steps) * self._steps if self._steps else value

    def values(self, key: object) -> tuple[float, ...] | None:
        return tuple(self._known.get(key, ())) or None

    def came(self, key: object) -> tuple[Came, ...]:
        return tuple(Came(_RUN, value, told=repr(value), is_random=True) for value in self._known.get(key, ()))


def _answer(made: _Made, groups: Sequence[range]) -> tuple[str, set[tuple[int, ...]]]:
    """What `why` would say."""

    def nothing(_: object) -> Mixed:
        raise AssertionError

    recorded = {key: Came(_RUN, made.draw(key), is_random=True) for key in (A, B)}
    weighing = Weighing(made, recorded, nothing, str)
    if not weighing.are_apart():
        return "noise", set()
    every = frozenset(item for group in groups for item in group)
    scale = weighing.scale
    whole = weighing.share(every)
    assert scale is not None
    assert whole is not None
    if abs(whole - 1) > scale.tolerance:
        return "elsewhere" if whole == 0 else "open", set()
    causes = Search(groups, weighing.share, scale.tolerance, weighing.again).run()
    found = bool(causes) and all(cause.suffices for cause in causes)
    return ("found" if found else "open"), {cause.items for cause in causes}


def _tally(groups: Sequence[range], effect: float, count: int, *, steps: float = 0.0) -> collections.Counter[str]:
    chance = random.Random(11)  # noqa: S311 - not for a secret
    said: collections.Counter[str] = collections.Counter()
    total = sum(map(len, groups))
    for _ in range(count):
        guilty = chance.randrange(total)
        verdict, items = _answer(_Made(chance, {guilty: effect}, steps=steps), groups)
        right = verdict == "found" and items == {(guilty,)} and effect
        said["right" if right else "wrong" if verdict == "found" else verdict] += 1
    return said


_FLAT, _PARTS = [range(10)], [range(5), range(5, 15), range(15, 40), range(40, 50)]


@pytest.mark.parametrize("groups", [_FLAT, _PARTS], ids=["10", "50 in 4 parts"])
def test_noise_is_called_noise_in_all_but_one_case_of_fifty(groups: Sequence[range]) -> None:
    said = _tally(groups, 0.0, 1000)
    assert said["noise"] >= 980
    assert said["wrong"] <= 5


@pytest.mark.parametrize("groups", [_FLAT, _PARTS], ids=["10", "50 in 4 parts"])
@pytest.mark.parametrize(("effect", "right"), [(1, 0), (2, 80), (3, 250), (5, 380), (10, 390), (20, 395)])
def test_beside_noise_hardly_any_answer_is_wrong(groups: Sequence[range], effect: float, right: int) -> None:
    said = _tally(groups, effect, 400)
    assert said["wrong"] + said["elsewhere"] <= 8, said
    assert said["right"] >= right, said


def test_a_metric_of_few_values_that_happens_to_repeat_is_noise_all_the_same() -> None:
    said = _tally(_FLAT, 0.0, 1000, steps=2.0)
    assert said["wrong"] <= 10
    assert said["noise"] >= 960


def test_what_is_taken_up_again_decides_the_same_and_runs_nothing() -> None:
    made = _Made(random.Random(5), {3: 8.0})  # noqa: S311 - not for a secret
    recorded = {A: Came(_RUN, 0.0, is_random=True), B: Came(_RUN, 8.0, is_random=True)}
    answers = []
    for _ in range(2):
        weighing = Weighing(made, recorded, lambda _: pytest.fail("it is known"), str)
        assert weighing.are_apart()
        assert weighing.scale is not None
        answers.append((Search(_FLAT, weighing.share, 0.25, weighing.again).run(), made.count))
    assert answers[0] == answers[1]
