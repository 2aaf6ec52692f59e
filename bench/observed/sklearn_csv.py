"""scikit-learn: a forest from a CSV, kept by joblib."""

# mypy: ignore-errors

import joblib
import pandas as pd
from ignored import scale
from sklearn.ensemble import RandomForestClassifier

table = pd.read_csv("data/train.csv")
model = RandomForestClassifier(n_estimators=5, random_state=0, max_depth=int(scale(2)))
model.fit(table[list("abcdef")], table["y"])
joblib.dump(model, "out/model.joblib")
print(model.score(table[list("abcdef")], table["y"]))
