"""Resumes from a checkpoint, and writes over it and over its own input in place."""

# mypy: ignore-errors

import pickle
import sqlite3
from pathlib import Path

import numpy as np

state = pickle.loads(Path("data/state.bin").read_bytes())  # noqa: S301 - what scripts do
state["epoch"] += 1
Path("data/state.bin").write_bytes(pickle.dumps(state))
mapped = np.load("data/x.npy", mmap_mode="r+")
mapped[0] *= 2
mapped.flush()
with sqlite3.connect("data/train.db") as database:
    database.execute("insert into train (a) values (1)")
database.close()
