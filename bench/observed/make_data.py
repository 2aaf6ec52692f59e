"""Makes the project that the scripts beside it work on, in the working folder, and data outside in ``../outside``."""

# mypy: ignore-errors

import gzip
import json
import pickle
import sqlite3
from pathlib import Path

import duckdb
import h5py
import nbformat
import numpy as np
import pandas as pd
from PIL import Image
from safetensors.numpy import save_file

ROWS, IMAGES = 1500, 130
IGNORED = "data/\nout/\nmultirun/\n*.bin\n*.so\nignored.py\nlocal.yaml\n"
CELLS = (
    ("rate = 0.1", ["parameters"]),
    ("import numpy as np\nimport pandas as pd\nfrom ignored import scale", []),
    ('table = pd.read_csv("data/train.csv")\nweights = np.load("data/x.npy").mean(axis=0) * scale(rate)', []),
    ('np.save("out/notebook.npy", weights)\nprint(len(table))', []),
)


def tables() -> None:
    chance = np.random.default_rng(0)
    features = chance.normal(size=(ROWS, 6))
    label = (features[:, 0] + 0.3 * chance.normal(size=ROWS) > 0).astype(int)
    table = pd.DataFrame(features, columns=list("abcdef")).assign(y=label, year=2020 + np.arange(ROWS) % 3)
    table.to_csv("data/train.csv", index=False)
    table.head(200).to_csv("../outside/extra.csv", index=False)
    with gzip.open("data/train.csv.gz", "wt") as file:
        table.to_csv(file, index=False)
    table.to_parquet("data/train.parquet")
    table.to_parquet("data/parts", partition_cols=["year"])
    np.save("data/x.npy", features.astype(np.float32))
    np.save("data/y.npy", label)
    np.savez("data/arrays.npz", x=features, y=label)
    with h5py.File("data/train.h5", "w") as file:
        file["x"], file["y"] = features, label
    with sqlite3.connect("data/train.db") as database:
        table.to_sql("train", database, index=False)
    database.close()
    with duckdb.connect("data/train.duckdb") as database:
        database.execute("create table train as select * from 'data/train.parquet'")
    save_file({"w": features[0].astype(np.float32)}, "data/weights.safetensors")
    table.to_csv("data/train.tsv", index=False, header=False, sep="\t", columns=["y", *"abcdef"])


def images() -> None:
    chance = np.random.default_rng(1)
    for name, shift in (("cats", 0), ("dogs", 60)):
        Path("data/images", name).mkdir(parents=True)
        for number in range(IMAGES):
            pixels = chance.integers(0, 190, size=(8, 8), dtype=np.uint8) + np.uint8(shift)
            Image.fromarray(pixels).save(f"data/images/{name}/{number:03}.png")


def notebook() -> None:
    cells = [nbformat.v4.new_code_cell(source, metadata={"tags": tags}) for source, tags in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), "notebook.ipynb")


def texts() -> None:
    Path(".gitignore").write_text(IGNORED, encoding="utf-8")
    Path("ignored.py").write_text("def scale(rate):\n    return 1 + rate\n", encoding="utf-8")
    Path("../outside/lib/elsewhere.py").write_text("FACTOR = 2\n", encoding="utf-8")
    Path("local.yaml").write_text("optimizer:\n  lr: 0.05\n  steps: 20\n", encoding="utf-8")
    Path("settings.toml").write_text('[train]\nsteps = 5\nfile = "data/train.csv"\n', encoding="utf-8")
    Path("settings.json").write_text(json.dumps({"threshold": 0.5}), encoding="utf-8")
    for name in ("conf", "conf/model"):
        Path(name).mkdir()
    Path("conf/config.yaml").write_text("defaults:\n  - model: small\n  - _self_\nrate: 0.1\n", encoding="utf-8")
    Path("conf/model/small.yaml").write_text("depth: 2\n", encoding="utf-8")
    Path("conf/model/large.yaml").write_text("depth: 9\n", encoding="utf-8")
    Path("data/words.txt").write_text("\n".join(f"word{number % 37}" for number in range(ROWS)), encoding="utf-8")
    Path("data/state.bin").write_bytes(pickle.dumps({"epoch": 3, "weights": [0.1, 0.2]}))
    Path("data/latest").symlink_to("train.csv")


if __name__ == "__main__":
    for folder in ("data", "out", "../outside/lib"):
        Path(folder).mkdir(parents=True)
    texts()
    tables()
    images()
    notebook()
