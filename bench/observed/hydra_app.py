"""Hydra: a configuration that is put together from a folder, its record written by Hydra."""

# mypy: ignore-errors

from pathlib import Path

import hydra
import numpy as np


@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(config):  # noqa: ANN001, ANN201 - as its users write it
    weights = np.load("data/x.npy").mean(axis=0) * config.rate * config.model.depth
    np.save(Path(hydra.core.hydra_config.HydraConfig.get().runtime.output_dir, "weights.npy"), weights)


main()
