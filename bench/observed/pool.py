"""multiprocessing: a pool by fork, by spawn or by the fork server reads images and writes what it made of each."""

# mypy: ignore-errors

import multiprocessing
import sys
from pathlib import Path

import numpy as np
from PIL import Image


def load(path):  # noqa: ANN001, ANN201 - a training script
    mean = np.asarray(Image.open(path)).mean()
    np.save(Path("out", path.stem + path.parent.name), mean)
    return mean


if __name__ == "__main__":
    paths = sorted(Path("data/images").glob("*/00*.png"))
    with multiprocessing.get_context(sys.argv[1]).Pool(3) as workers:
        Path("out/total.txt").write_text(str(sum(workers.map(load, paths))), encoding="utf-8")
