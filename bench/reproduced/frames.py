"""pandas: groups and a join, written as CSV, pickle and Parquet, and a figure by Matplotlib."""

# mypy: ignore-errors

import common
import features
import matplotlib as mpl
import pandas as pd
from sklearn.datasets import load_iris

mpl.use("agg")
import matplotlib.pyplot as plt

iris = load_iris(as_frame=True).frame
groups = iris.groupby("target").agg(["mean", "std"]) * features.settings()["rate"]
groups.columns = ["_".join(each) for each in groups.columns]
common.save(mean=float(groups.to_numpy().mean()))
groups.to_csv("out/groups.csv")
groups.to_pickle("out/groups.pkl")
groups.to_parquet("out/groups.parquet")
pd.read_csv("data/table.csv").plot(x="x", y="y")
plt.savefig("out/figure.png")
