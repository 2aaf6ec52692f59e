"""Writes the files in ``files/`` with the libraries that people write them with, which tests do not need then.

Run once, in an environment of its own, and commit what it writes:

    python -m venv v && v/bin/pip install numpy torch safetensors pyarrow matplotlib joblib
    v/bin/python tests/insight/make_files.py

``NAME-a`` and ``NAME-same`` hold the same values in other bytes; in ``NAME-changed`` one number is another.
Made with numpy 2, torch 2.13 (CPU), safetensors 0.8, pyarrow 26, matplotlib 3.11, joblib 1.6.
"""

# mypy: ignore-errors
# The libraries are not installed where types are checked.

import os
import pickle
import sys
from collections import OrderedDict

import joblib
import matplotlib as mpl
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from safetensors.numpy import save_file

FOLDER = os.path.join(os.path.dirname(__file__), "files")


def path(name: str) -> str:
    return os.path.join(FOLDER, name)


def weights(change: float = 0.0) -> dict[str, np.ndarray]:
    first = np.linspace(-1, 1, 60, dtype="f4").reshape(6, 10)
    first[2, 3] += np.float32(change)
    return {"fc1.weight": first, "fc1.bias": np.arange(6, dtype="f8"), "steps": np.array(7)}


def make_torch() -> None:
    kept = []
    for name, change in (("a", 0.0), ("same", 0.0), ("changed", 1e-3)):
        state = OrderedDict((key, torch.tensor(value)) for key, value in weights(change).items())
        state["half"] = torch.linspace(0, 1, 8).to(torch.bfloat16)
        state["view"] = state["fc1.weight"].t()
        saved = {"epoch": 3, "model": state, "optimizer": {"lr": 0.1, "betas": (0.9, 0.999)}}
        # The name of the file is the name of the folder in it.
        torch.save(saved, path(f"torch-{name}.pt"))
        state = {key: torch.tensor(value) for key, value in weights(change).items()}
        torch.save(state, path(f"torch-old-{name}.pt"), _use_new_zipfile_serialization=False)
        with open(path(f"torch-pickle-{name}.pkl"), "wb") as file:
            pickle.dump(state, file)
        kept.append(state)  # or the next one would lie at the same places in memory, which is what is written


def make_safetensors() -> None:
    for name, change in (("a", 0.0), ("changed", 1e-3)):
        save_file(weights(change), path(f"safetensors-{name}.safetensors"), metadata={"format": "np"})


def make_parquet() -> None:
    for name, change, packing in (("a", 0.0, "snappy"), ("same", 0.0, "gzip"), ("changed", 1e-3, "snappy")):
        score = [0.5, None, float("nan"), 0.25 + change] * 5
        table = pa.table({"id": list(range(20)), "score": score, "tags": [["a"], [], None, ["b", "c"]] * 5})
        pq.write_table(table, path(f"parquet-{name}.parquet"), compression=packing, row_group_size=20 if change else 7)


def make_png() -> None:
    mpl.use("agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the backend was chosen

    for name, change, title in (("a", 0.0, "1"), ("same", 0.0, "2"), ("changed", 0.4, "1")):
        figure, axes = plt.subplots(figsize=(1.2, 0.9))
        axes.plot([0, 1, 2], [0, 1 + change, 0.5])
        packing = 9 if name == "same" else 6
        figure.savefig(path(f"png-{name}.png"), metadata={"Title": title}, pil_kwargs={"compress_level": packing})


def make_pickles() -> None:
    for name, change, protocol in (("a", 0.0, 4), ("same", 0.0, 5), ("changed", 1e-3, 4), ("old", 0.0, 2)):
        structured = np.array([(1, 2.5), (3, 4.5)], dtype=np.dtype([("n", "u1"), ("x", "f8")], align=True))
        value = {"w": weights(change), "names": {"x", "y", "z"}, "tree": structured, "f": np.asfortranarray(np.eye(3))}
        with open(path(f"pickle-{name}.pkl"), "wb") as file:
            pickle.dump(value, file, protocol=protocol)
        if protocol != 2:
            value["objects"] = np.array(["a", {"b": 1}, None], dtype=object)
            joblib.dump(value, path(f"joblib-{name}.joblib"), compress=("gzip" if protocol == 5 else "zlib", 3))


if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    make_torch()
    make_safetensors()
    make_parquet()
    make_png()
    make_pickles()
    sys.stdout.write(
        "\n".join(f"{os.path.getsize(path(name)):>6} {name}" for name in sorted(os.listdir(FOLDER))) + "\n"
    )
