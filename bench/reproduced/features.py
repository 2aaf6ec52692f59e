"""Untracked: what every script imports."""

# mypy: ignore-errors

import csv
import json


def settings() -> dict[str, float]:
    """The git-ignored settings."""
    with open("local.json", encoding="utf-8") as file:
        return json.load(file)


def table(path: str = "data/table.csv") -> list[list[float]]:
    """The rows of a CSV file without its header."""
    with open(path, encoding="utf-8", newline="") as file:
        return [[float(each) for each in row] for row in list(csv.reader(file))[1:]]


def slope(rows: list[list[float]]) -> float:
    """The slope of a line through the points, by least squares."""
    x, y = (sum(each) / len(rows) for each in zip(*rows, strict=True))
    return sum((a - x) * (b - y) for a, b in rows) / sum((a - x) ** 2 for a, _ in rows)
