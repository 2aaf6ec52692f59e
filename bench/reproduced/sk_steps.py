"""scikit-learn: trained step by step, a metric in each, the time it took beside it; clusters at the end."""

# mypy: ignore-errors

import json
import os
import time

import common
import features
import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.datasets import load_iris
from sklearn.linear_model import SGDRegressor

X, y = load_iris(return_X_y=True)
model = SGDRegressor(random_state=0, eta0=features.settings()["rate"] / 10)
os.makedirs("out", exist_ok=True)
with open("out/metrics.jsonl", "w", encoding="utf-8") as file:
    for step in range(10):
        began = time.perf_counter()
        loss = float(((model.partial_fit(X, y).predict(X) - y) ** 2).mean())
        file.write(json.dumps({"step": step, "loss": loss, "step_time": time.perf_counter() - began}) + "\n")
np.save("out/centres.npy", MiniBatchKMeans(3, random_state=0, n_init=1).fit(X).cluster_centers_)
common.save(loss=loss)
