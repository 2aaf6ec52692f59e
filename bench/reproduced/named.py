"""A table and a folder to write to that the command names, absolute or not."""

# mypy: ignore-errors

import os
import sys

import common
import features

table, folder = sys.argv[1:3]
rows = features.table(table)
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "slope.txt"), "w", encoding="utf-8") as file:
    file.write(f"{features.slope(rows)!r}\n")
common.save(slope=features.slope(rows))
