"""LightGBM or XGBoost: boosted trees with early stopping."""

# mypy: ignore-errors

import sys

import common
import features
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
rate = features.settings()["rate"]
common.save()
if sys.argv[1] == "lightgbm":
    import lightgbm

    given = {"objective": "regression", "learning_rate": rate, "seed": 7, "bagging_fraction": 0.8, "bagging_freq": 1}
    train, test = lightgbm.Dataset(X_train, y_train), lightgbm.Dataset(X_test, y_test)
    stop = [lightgbm.early_stopping(5, verbose=False)]
    model = lightgbm.train({**given, "verbosity": -1, "num_threads": 2}, train, 50, valid_sets=[test], callbacks=stop)
    model.save_model("out/model.txt")
else:
    import xgboost

    model = xgboost.XGBRegressor(n_estimators=50, learning_rate=rate, subsample=0.8, random_state=7, n_jobs=2)
    model.fit(X_train, y_train, eval_set=[(X_test, y_test)], verbose=False)
    model.save_model("out/model.json")
common.save(error=float(((model.predict(X_test) - y_test) ** 2).mean()))
