"""argparse over a git-ignored YAML file."""

# mypy: ignore-errors

import argparse

import common
import features
import yaml

parser = argparse.ArgumentParser()
parser.add_argument("--config", default="local.yaml")
parser.add_argument("--steps", type=int)
options = parser.parse_args()
with open(options.config, encoding="utf-8") as file:
    config = yaml.safe_load(file)
steps = options.steps or config["train"]["steps"]
weight = 0.0
for _ in range(steps):
    weight += config["train"]["lr"] * (features.slope(features.table()) - weight)
common.save(weight=weight)
