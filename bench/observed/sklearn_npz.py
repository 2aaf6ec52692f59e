"""scikit-learn: cross-validation in loky's processes over an array that is mapped into memory."""

# mypy: ignore-errors

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

arrays = np.load("data/arrays.npz")
features = np.load("data/x.npy", mmap_mode="r")
scores = cross_val_score(LogisticRegression(), features, arrays["y"], cv=4, n_jobs=2)
np.savez_compressed("out/scores.npz", scores=scores)
