"""scikit-learn: a search over parameters in two processes, the best model pickled, its table as CSV."""

# mypy: ignore-errors

import csv
import pickle

import common
import features
from sklearn.datasets import load_wine
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

X, y = load_wine(return_X_y=True)
steps = make_pipeline(StandardScaler(), SVC(gamma=features.settings()["rate"]))
search = GridSearchCV(steps, {"svc__C": [0.1, 1.0, 10.0]}, cv=3, n_jobs=2).fit(X, y)
common.save(score=search.best_score_)
with open("out/grid.csv", "w", newline="", encoding="utf-8") as file:
    columns = ("param_svc__C", "mean_test_score", "mean_fit_time")
    csv.writer(file).writerows(zip(*(search.cv_results_[each] for each in columns), strict=True))
with open("out/best.pkl", "wb") as file:
    pickle.dump(search.best_estimator_, file)
