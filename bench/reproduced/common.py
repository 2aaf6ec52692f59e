"""Tracked, and changed since the last commit: how every script writes what it has found."""

# mypy: ignore-errors

import json
import os

import features


def save(**metrics: float) -> None:
    """Write the metrics, and a line about them."""
    os.makedirs("out", exist_ok=True)
    with open("out/metrics.json", "w", encoding="utf-8") as file:
        json.dump({**metrics, "rate": features.settings()["rate"]}, file, indent=1)
    print(*(f"{name}={value:.6f}" for name, value in metrics.items()))
