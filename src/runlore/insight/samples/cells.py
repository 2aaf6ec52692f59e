"""How many samples of what error have which codes: the sums that every slice is put together from."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from runlore.insight.samples.duck import Database
from runlore.insight.samples.features import PREDICTED_CLASS, TRUE_CLASS, Feature

Sums = tuple[float, float, float]
"""Number of samples, sum of their errors, sum of the squares."""
Box = tuple[tuple[int, int], ...]
"""Which features are conditioned, in order, and the number of the condition of each."""


class Candidate(NamedTuple):
    """A slice: its conditions and its sums."""

    box: Box
    sums: Sums


def singles(database: Database, table: str, features: Sequence[Feature]) -> Iterator[Candidate]:
    """Every slice of one condition."""
    for at, each in enumerate(features):
        cells = database.rows(f"SELECT f{at}, {_SUMS} FROM {table} GROUP BY 1")
        for number, (_, codes) in enumerate(each.conditions):
            yield Candidate(((at, number),), _total(sums for code, *sums in cells if code in codes))


def pairs(
    database: Database, table: str, features: Sequence[Feature], among: Sequence[int], enough: Callable[[Sums], bool]
) -> Iterator[Candidate]:
    """Every slice of two conditions on two of these features; those of one that is too small are passed over."""
    for i, j in combinations(among, 2):
        if _is_the_error(features, i, j):
            continue
        rows = database.rows(f"SELECT f{i}, f{j}, {_SUMS} FROM {table} GROUP BY 1, 2")
        for number, (_, codes) in enumerate(features[i].conditions):
            below: dict[int, list[float]] = {}
            for a, b, n, total, squares in rows:
                if a in codes:
                    held = below.setdefault(b, [0, 0.0, 0.0])
                    held[0] += n
                    held[1] += total
                    held[2] += squares
            if not below or not enough(_total(below.values())):
                continue
            for other, (_, others) in enumerate(features[j].conditions):
                sums = _total(below[code] for code in others if code in below)
                if sums[0]:
                    yield Candidate(((i, number), (j, other)), sums)


def extended(
    database: Database, table: str, features: Sequence[Feature], box: Box, among: Sequence[int]
) -> Iterator[Candidate]:
    """Every slice of the conditions in ``box`` and one more."""
    taken = {at for at, _ in box}
    free = [at for at in among if at not in taken and not any(_is_the_error(features, at, each) for each in taken)]
    if not free:
        return
    columns = ", ".join(f"f{at}" for at in free)
    sets = ", ".join(f"(f{at})" for at in free)
    which = ", ".join(f"GROUPING(f{at})" for at in free)
    rows = database.rows(
        f"SELECT {columns}, {which}, {_SUMS} FROM {table} WHERE {where(features, box)} GROUP BY GROUPING SETS ({sets})"
    )
    for place, at in enumerate(free):
        cells = [row for row in rows if row[len(free) + place] == 0]
        for number, (_, codes) in enumerate(features[at].conditions):
            sums = _total(row[-3:] for row in cells if row[place] in codes)
            if sums[0]:
                yield Candidate(tuple(sorted((*box, (at, number)))), sums)


def uncovered(
    database: Database, table: str, features: Sequence[Feature], boxes: Sequence[Box], covered: Sequence[Box]
) -> tuple[Sums, list[Sums]]:
    """Of the samples that are in none of the ``covered`` slices: the sums of all, and of those in each of ``boxes``.

    One query for each set of features that the boxes are made of: one with a filter for each box takes ten times as
    long.
    """
    rest = f"{table} WHERE {' AND '.join(f'NOT ({where(features, box)})' for box in covered) or 'true'}"
    total = database.row(f"SELECT count(*), coalesce(sum(error), 0), coalesce(sum(error * error), 0) FROM {rest}")
    made_of: dict[tuple[int, ...], list[int]] = {}
    for place, box in enumerate(boxes):
        made_of.setdefault(tuple(at for at, _ in box), []).append(place)
    found: list[Sums] = [(0, 0, 0)] * len(boxes)
    for among, places in made_of.items():
        columns = ", ".join(f"f{at}" for at in among)
        rows = database.rows(f"SELECT {columns}, {_SUMS} FROM {rest} GROUP BY {columns}")
        for place in places:
            codes = [_codes(features, at, number) for at, number in boxes[place]]
            inside = (row for row in rows if all(code in some for code, some in zip(row, codes, strict=False)))
            found[place] = _total(row[-3:] for row in inside)
    return (total[0], total[1], total[2]), found


def where(features: Sequence[Feature], box: Box) -> str:
    """The SQL of the conditions."""
    return " AND ".join(f"f{at} IN ({', '.join(map(str, sorted(_codes(features, at, n))))})" for at, n in box)


def _is_the_error(features: Sequence[Feature], i: int, j: int) -> bool:
    """Whether both together say no more than that a class was taken for another, which the confusion table shows."""
    return {features[i].column, features[j].column} == {TRUE_CLASS, PREDICTED_CLASS}


def _codes(features: Sequence[Feature], at: int, number: int) -> frozenset[int]:
    return features[at].conditions[number][1]


def _total(parts: Iterable[Sequence[float]]) -> Sums:
    n, total, squares = 0.0, 0.0, 0.0
    for each in parts:
        n += each[0]
        total += each[1]
        squares += each[2]
    return n, total, squares


_SUMS = "count(*), sum(error), sum(error * error)"
