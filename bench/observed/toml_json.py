"""TOML and JSON settings, the standard library's CSV reader."""

# mypy: ignore-errors

import csv
import json
import tomllib
from pathlib import Path

settings = tomllib.loads(Path("settings.toml").read_text(encoding="utf-8"))["train"]
threshold = json.loads(Path("settings.json").read_text(encoding="utf-8"))["threshold"]
with open(settings["file"], newline="", encoding="utf-8") as file:
    right = [(float(row["a"]) > threshold) == bool(int(row["y"])) for row in csv.DictReader(file)]
Path("out/metrics.json").write_text(json.dumps({"accuracy": sum(right) / len(right)}), encoding="utf-8")
