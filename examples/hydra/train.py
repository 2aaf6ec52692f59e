"""A network whose configuration is Hydra's: groups, overrides, a folder for each run.

python train.py model=large lr=0.003
"""

import json
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def main(config: DictConfig) -> None:
    pictures, digits = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(pictures / 16, digits, random_state=config.seed)
    model = MLPClassifier(tuple(config.model.layers), learning_rate_init=config.lr, random_state=config.seed)
    for _ in range(config.epochs):
        model.partial_fit(x_train, y_train, classes=range(10))
    accuracy = model.score(x_test, y_test)
    folder = Path(HydraConfig.get().runtime.output_dir)
    (folder / "metrics.json").write_text(json.dumps({"accuracy": accuracy}) + "\n")
    print(f"accuracy={accuracy:.4f}")


if __name__ == "__main__":
    main()
