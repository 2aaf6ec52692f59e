"""h5py: a file that is read in pieces, and one that is written."""

# mypy: ignore-errors

import h5py
import numpy as np

with h5py.File("data/train.h5") as source, h5py.File("out/scaled.h5", "w") as target:
    scaled = target.create_dataset("x", source["x"].shape)
    for start in range(0, len(scaled), 256):
        scaled[start : start + 256] = np.tanh(source["x"][start : start + 256])
