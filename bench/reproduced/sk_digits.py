"""scikit-learn: a classifier of digits, options by argparse, the model by joblib."""

# mypy: ignore-errors

import argparse

import common
import features
import joblib
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--alpha", type=float, default=1e-4)
options = parser.parse_args()

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=int(features.settings()["seed"]))
model = SGDClassifier(loss="log_loss", alpha=options.alpha, max_iter=options.epochs, tol=None, random_state=0)
model.fit(X_train, y_train)
common.save(accuracy=model.score(X_test, y_test))
joblib.dump(model, "out/model.joblib")
