"""Hydra: a configuration that is put together from a folder, its record written by Hydra."""

# mypy: ignore-errors

import common
import features
import hydra


@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(config):  # noqa: ANN001, ANN201 - as its users write it
    weight = 0.0
    for _ in range(config.train.steps):
        weight += config.train.lr * (features.slope(features.table()) - weight)
    common.save(weight=weight * config.model.depth)


main()
