"""Python without site packages or variables: ``python -I -S``."""

# mypy: ignore-errors

import json
import sys

with open("data/train.csv", encoding="utf-8") as file:
    rows = file.read().splitlines()
with open("out/isolated.json", "w", encoding="utf-8") as out:
    json.dump({"rows": len(rows), "flags": list(sys.flags)[:3]}, out)
