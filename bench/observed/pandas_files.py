"""pandas: gzipped CSV, a CSV outside the project, to Feather, JSON and pickle."""

# mypy: ignore-errors

import os

import pandas as pd

table = pd.concat([pd.read_csv("data/train.csv.gz"), pd.read_csv(os.environ["OUTSIDE"] + "/extra.csv")])
means = table.groupby("y").mean()
means.to_json("out/means.json")
means.to_pickle("out/means.pkl")
table.reset_index(drop=True).to_feather("out/all.feather")
print(len(pd.read_feather("out/all.feather")))
