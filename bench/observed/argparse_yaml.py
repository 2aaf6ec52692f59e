"""argparse and a git-ignored YAML: gradient descent in numpy, a log that grows."""

# mypy: ignore-errors

import argparse

import numpy as np
import yaml

parser = argparse.ArgumentParser()
parser.add_argument("--settings", default="local.yaml")
with open(parser.parse_args().settings, encoding="utf-8") as file:
    settings = yaml.safe_load(file)["optimizer"]
x, y = np.load("data/x.npy"), np.load("data/y.npy")
weights = np.zeros(x.shape[1])
for step in range(settings["steps"]):
    error = 1 / (1 + np.exp(-x @ weights)) - y
    weights -= settings["lr"] * x.T @ error / len(y)
    with open("out/log.csv", "a", encoding="utf-8") as log:
        print(step, np.abs(error).mean(), sep=",", file=log)
np.save("out/weights.npy", weights)
