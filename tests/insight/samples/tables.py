"""Tables of samples made up for tests, and what is found in them."""

import csv
import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from runlore.insight.samples.comparing import compare
from runlore.insight.samples.duck import database
from runlore.insight.samples.looking import Wish, look
from runlore.insight.samples.results import Compared, Condition, Looked
from runlore.insight.samples.sources import Source

duckdb = pytest.importorskip("duckdb")

Columns = Mapping[str, Sequence[Any]]
DEFAULT = Wish()


def write(folder: Path, columns: Columns, name: str = "predictions.jsonl") -> Source:
    """The columns as a file whose form its name says."""
    path, form = folder / name, name.rpartition(".")[2]
    if form == "parquet":
        lines = write(folder, columns, f"{name}.jsonl").path
        with duckdb.connect() as made:
            made.read_json(lines).write_parquet(str(path))
        return Source(str(path), form)
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    with path.open("w", encoding="utf-8", newline="") as file:
        if form == "csv":
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(row.values() for row in rows)
        else:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return Source(str(path), form)


def looked(folder: Path, source: Source | Columns, wish: Wish = DEFAULT) -> Looked:
    """What is found in one table."""
    where = source if isinstance(source, Source) else write(folder, source)
    with database(str(folder), [where.path]) as opened:
        return look(opened, where, wish)


def compared(
    folder: Path, a: Source | Columns, b: Source | Columns, wish: Wish = DEFAULT, bound: float | None = None
) -> Compared:
    """What is found between two."""
    left = a if isinstance(a, Source) else write(folder, a, "a.jsonl")
    right = b if isinstance(b, Source) else write(folder, b, "b.jsonl")
    with database(str(folder), [left.path, right.path]) as opened:
        return compare(opened, left, right, wish, bound)


def a_table(seed: int, rows: int = 4000, classes: int = 3) -> dict[str, list[Any]]:
    """Samples with columns of every kind, and right predictions."""
    chance = random.Random(seed)  # noqa: S311 - made up
    target = [chance.randrange(classes) for _ in range(rows)]
    return {
        "id": list(range(rows)),
        "target": target,
        "prediction": list(target),
        "site": [chance.choice("abcdef") for _ in range(rows)],
        "age": [round(chance.uniform(0, 100), 2) for _ in range(rows)],
        "level": [chance.randrange(5) for _ in range(rows)],
        "flag": [chance.random() < 0.5 for _ in range(rows)],
        "noise": [chance.gauss(0, 1) for _ in range(rows)],
        "camera": [chance.choice(["front", "back", "left", None]) for _ in range(rows)],
        "text": [f"t{chance.random()}" for _ in range(rows)],
    }


def spoil(table: dict[str, list[Any]], seed: int, odds: Callable[[dict[str, Any]], float], classes: int = 3) -> None:
    """Make predictions wrong with these odds."""
    chance = random.Random(seed * 7 + 1)  # noqa: S311 - made up
    for at in range(len(table["id"])):
        row = {name: values[at] for name, values in table.items()}
        if chance.random() < odds(row):
            table["prediction"][at] = (row["target"] + chance.randrange(1, classes)) % classes


def said(conditions: Sequence[Condition]) -> set[str]:
    """The columns that conditions are on."""
    return {each.column for each in conditions}
