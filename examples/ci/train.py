"""Train a small neural network to read handwritten digits.

    python train.py --lr 0.01 --hidden 64
    python train.py --config wide.toml --epochs 40

The 1,797 pictures come with scikit-learn, so nothing is downloaded.
"""

import argparse
import json
import pickle
import tomllib
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train a small neural network to read handwritten digits.")
    parser.add_argument("--config", type=Path, help="TOML file with any of the settings below")
    parser.add_argument("--lr", type=float, default=0.01, help="learning rate")
    parser.add_argument("--hidden", type=int, default=64, help="width of the hidden layer")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for model.pkl and metrics.json")
    if config := parser.parse_known_args()[0].config:
        parser.set_defaults(**tomllib.loads(config.read_text()))
    return parser.parse_args()


def main() -> None:
    args = arguments()
    pictures, digits = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(
        pictures / 16, digits, test_size=0.2, stratify=digits, random_state=args.seed
    )

    model = MLPClassifier((args.hidden,), learning_rate_init=args.lr, random_state=args.seed)
    for epoch in range(1, args.epochs + 1):
        model.partial_fit(x_train, y_train, classes=np.unique(digits))
        if epoch % 5 == 0:
            print(f"epoch={epoch} train_loss={model.loss_:.4f} accuracy={model.score(x_test, y_test):.4f}")

    metrics = {
        "accuracy": model.score(x_test, y_test),
        "loss": log_loss(y_test, model.predict_proba(x_test)),
    }
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "model.pkl").write_bytes(pickle.dumps(model))
    (args.out / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    for name, value in metrics.items():
        print(f"{name}={value:.4f}")


if __name__ == "__main__":
    main()
