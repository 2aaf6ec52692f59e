"""Boosted trees that tell two kinds of tumours apart.

    python train.py --params params.json

The 569 samples come with scikit-learn, so nothing is downloaded.
"""

import argparse
import json
from pathlib import Path

import lightgbm
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split


def main() -> None:
    parser = argparse.ArgumentParser(description="Boosted trees that tell two kinds of tumours apart.")
    parser.add_argument("--params", type=Path, default=Path("params.json"), help="what LightGBM is given")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for model.txt and metrics.json")
    args = parser.parse_args()

    x, y = load_breast_cancer(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, stratify=y, random_state=0)
    params = json.loads(args.params.read_text())
    model = lightgbm.train(params, lightgbm.Dataset(x_train, y_train), num_boost_round=args.rounds)

    said = model.predict(x_test)
    metrics = {"auc": roc_auc_score(y_test, said), "loss": log_loss(y_test, said)}
    args.out.mkdir(parents=True, exist_ok=True)
    model.save_model(args.out / "model.txt")
    (args.out / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    print(" ".join(f"{name}={value:.4f}" for name, value in metrics.items()))


if __name__ == "__main__":
    main()
