"""A line through the points of a table."""

# mypy: ignore-errors

import json
import os
import sys


def main() -> None:
    """Fit, with the settings of the folder that it is called in."""
    with open("local.json", encoding="utf-8") as file:
        settings = json.load(file)
    path = sys.argv[1] if len(sys.argv) > 1 else "data/table.csv"
    with open(path, encoding="utf-8") as file:
        rows = [tuple(map(float, line.split(","))) for line in file.readlines()[1:]]
    weight = bias = 0.0
    for _ in range(200):
        for x, y in rows:
            error = y - weight * x - bias
            weight += settings["rate"] * error * x / 100
            bias += settings["rate"] * error / 100
    os.makedirs("out", exist_ok=True)
    with open("out/metrics.json", "w", encoding="utf-8") as file:
        json.dump({"weight": weight, "bias": bias}, file)
    print(f"weight={weight:.6f} bias={bias:.6f}")
