"""A log that every run adds to, and a state that it takes up and leaves behind."""

# mypy: ignore-errors

import common
import features

with open("data/state.txt", encoding="utf-8") as file:
    weight = float(file.read())
weight += features.settings()["rate"] * (features.slope(features.table()) - weight)
with open("data/state.txt", "w", encoding="utf-8") as file:
    file.write(repr(weight))
with open("data/history.log", "a", encoding="utf-8") as file:
    file.write(f"weight {weight!r}\n")
common.save(weight=weight)
