"""Slices of a million samples and the join of ten million, beside pandas; planted slices found, none made of chance.

``python bench/samples.py [ROWS] [JOINED] [TRIALS]``: 1,000,000 samples, 10,000,000 joined and 100 trials unless said
otherwise. It needs pandas and pyarrow: ``pip install pandas pyarrow``. Times of both are taken by turns.
"""

import os
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator

import duckdb
from measure import PYTHON, Command, Row, compare, environ, finish, milliseconds, scratch

from runlore.insight.samples.duck import database
from runlore.insight.samples.looking import Wish, look
from runlore.insight.samples.results import Looked
from runlore.insight.samples.sources import Source

_MOST_IMPORTS, _MOST_MEMORY = 60, 2 << 30
_LEAST_FASTER = 5
_LEAST_QUIET = 0.95
_ROUNDS = 3
_SIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "samples_side.py")
_COLUMNS = 20


def measure(rows: int = 1_000_000, joined: int = 10_000_000, trials: int = 100) -> Iterator[Row]:
    with scratch() as folder:
        yield from _search(folder, rows)
        for what in ("whole numbers", "text"):
            for order in ("another order", "one order"):
                yield from _joined(folder, joined, what, order)
        yield _planted(folder)
        yield _invented(folder, trials)


def _search(folder: str, rows: int) -> Iterator[Row]:
    """Two slices are in it, among 20 columns of every kind."""
    path = f"{folder}/samples.parquet"
    kinds = (
        *(f"'v' || floor({_draw(at)} * {3 + 2 * at})::INT" for at in range(8)),
        *(f"{_draw(at)} * 100" for at in range(8, 14)),
        *(f"floor({_draw(at)} * 6)::INT" for at in range(14, 16)),
        f"{_draw(16)} < 0.5",
        f"'u' || floor({_draw(17)} * {rows})::INT",
        f"DATE '2025-01-01' + floor({_draw(18)} * 365)::INT",
        f"CASE WHEN {_draw(19)} < 0.1 THEN NULL ELSE 'w' || floor({_draw(19)} * 1000)::INT END",
    )
    assert len(kinds) == _COLUMNS
    columns = ", ".join(f"{sql} AS c{at}" for at, sql in enumerate(kinds))
    worse = "CASE WHEN c2 = 'v1' AND c9 > 70 THEN 0.35 ELSE 0 END + CASE WHEN c16 AND c14 = 3 THEN 0.2 ELSE 0 END"
    wrong = f"{_draw(40)} < 0.1 + {worse}"
    with duckdb.connect() as made:
        table = f"SELECT range AS id, floor({_draw(30)} * 4)::INT AS target, {columns} FROM range({rows})"
        said = f"SELECT *, CASE WHEN {wrong.replace('range', 'id')} THEN (target + 1) % 4 ELSE target END AS prediction"
        made.execute(f"COPY ({said} FROM ({table})) TO '{path}' (FORMAT parquet)")
    bare = Command((PYTHON, "-c", "import pandas"), folder, environ(folder))
    one = compare({"pandas": bare}, rounds=_ROUNDS)["pandas"].cpu
    found = [_side("search", path) for _ in range(_ROUNDS)]
    cpu, memory = statistics.median(each[1] for each in found), max(each[2] for each in found)
    what = f"slices of {rows:,} samples x {_COLUMNS} columns"
    beside = f"import pandas {milliseconds(one)} CPU"
    yield Row(f"{what}, imports of pandas", f"{cpu:.1f} s CPU", beside, cpu / one, _MOST_IMPORTS)
    yield Row("  memory", f"{memory / (1 << 20):.0f} MiB", "2 GiB", memory / _MOST_MEMORY, 1)


def _joined(folder: str, rows: int, what: str, order: str) -> Iterator[Row]:
    """Ids in another order in each, or in one and the same, as those of two runs over one data set mostly are."""
    paths = [f"{folder}/{name}.parquet" for name in "ab"]
    shown = "range" if what == "whole numbers" else "'image_' || lpad(range::VARCHAR, 8, '0') || '.png'"
    with duckdb.connect(config={"memory_limit": "4GB", "temp_directory": f"{folder}/spill"}) as made:
        for seed, path in enumerate(paths, 1):
            table = (
                f"SELECT {shown} AS id, (hash(range) % 10)::INT AS target, ((hash(range) +"
                f" (hash(range + {seed * 1_000_003}) % 10 = 0)::INT) % 10)::INT AS prediction FROM range({rows})"
            )
            shift = 0 if order == "one order" else seed
            made.execute(f"COPY ({table} ORDER BY hash(range + {shift})) TO '{path}' (FORMAT parquet)")
    sides: dict[str, list[tuple[float, float, float]]] = {"join": [], "merge": []}
    for _ in range(_ROUNDS):
        for side, found in sides.items():
            found.append(_side(side, *paths))
    ours, theirs = (statistics.median(each[0] for each in found) for found in sides.values())
    memory = max(each[2] for each in sides["join"])
    beside = f"pandas' merge {theirs:.2f} s"
    yield Row(
        f"join of two runs of {rows:,}, ids {what}, {order}",
        f"{ours:.2f} s",
        beside,
        theirs / ours,
        _LEAST_FASTER,
        least=True,
    )
    yield Row("  memory", f"{memory / (1 << 20):.0f} MiB", "2 GiB", memory / _MOST_MEMORY, 1)


def _planted(folder: str) -> Row:
    """Ten tables, each with slices put there: they come first, and nothing but them before."""
    found = sum(_finds(folder, seed) for seed in range(10))
    return Row("tables of 10 whose planted slices come first", str(found), "10", found / 10, 1, least=True)


def _finds(folder: str, seed: int) -> bool:
    chance = random.Random(seed)  # noqa: S311 - made up
    names = [f"n{at}" for at in range(3)] + [f"c{at}" for at in range(5)]
    wanted = [set(chance.sample(names, chance.choice((1, 2)))) for _ in range(chance.choice((1, 2)))]
    if len(wanted) > 1 and wanted[0] & wanted[1]:
        wanted.pop()
    tests = [
        " AND ".join(
            f"{name} > {chance.choice((70, 75))}" if name[0] == "n" else f"{name} = 'v1'" for name in sorted(each)
        )
        for each in wanted
    ]
    looked = _made(folder, seed, " OR ".join(f"({test})" for test in tests))
    said = [{each.column for each in one.conditions} for one in looked.slices.found]
    others = next((at for at, each in enumerate(said) if each not in wanted), len(said))
    return all(each in said[:others] for each in wanted)


def _invented(folder: str, trials: int) -> Row:
    """The errors are drawn whatever the columns say."""
    quiet = sum(not _made(folder, 1000 + seed, "false").slices.found for seed in range(trials))
    share = quiet / trials
    return Row(f"of {trials} shuffles those without a slice", str(quiet), "", share, _LEAST_QUIET, least=True)


def _made(folder: str, seed: int, worse: str) -> Looked:
    path = f"{folder}/made.parquet"
    columns = [f"{_draw(at, seed)} * 100 AS n{at}" for at in range(3)]
    columns += [f"'v' || floor({_draw(at + 5, seed)} * {3 + at})::INT AS c{at}" for at in range(5)]
    with duckdb.connect() as made:
        table = (
            f"SELECT range AS id, floor({_draw(20, seed)} * 3)::INT AS target, {', '.join(columns)} FROM range(5000)"
        )
        wrong = f"{_draw(21, seed)} < CASE WHEN {worse} THEN 0.5 ELSE 0.1 END".replace("range", "id")
        said = f"SELECT *, CASE WHEN {wrong} THEN (target + 1) % 3 ELSE target END AS prediction FROM ({table})"
        made.execute(f"COPY ({said}) TO '{path}' (FORMAT parquet)")
    with database(folder, [path]) as opened:
        return look(opened, Source(path, "parquet"), Wish())


def _draw(number: int, seed: int = 0) -> str:
    """A number from 0 to 1 for each row, another for each ``number``."""
    return f"((hash(range * 1000003 + {number * 104729 + seed * 7919}) >> 11) / 9007199254740992.0)"


def _side(*words: str) -> tuple[float, float, float]:
    done = subprocess.run((PYTHON, _SIDE, *words), capture_output=True, text=True, check=True)
    wall, cpu, memory = map(float, done.stdout.split())
    return wall, cpu, memory


if __name__ == "__main__":
    finish(list(measure(*map(int, sys.argv[1:4]))))
