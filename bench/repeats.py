"""The scripts in ``bench/reproduced``: how each is started, and the dirty project that it runs in."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

_HERE = Path(__file__).resolve().parent / "reproduced"
_TABLE = "x,y\n" + "".join(f"{x / 4},{3 * x / 4 + (x * 7919 % 101) / 50}\n" for x in range(40))
_NEVER_COMMITTED = ("features.py",)
_GIT = ("git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org")


class Case(NamedTuple):
    """One script: its words, in which ``{root}`` stands for the folder that holds project, home and outside.

    ``packages`` are those that it imports; ``editable`` is a folder below the root that is installed in editable mode,
    ``venv`` one where an environment of its own lies. ``status`` is how the script ends.
    """

    argv: tuple[str, ...]
    packages: tuple[str, ...] = ()
    editable: str | None = None
    venv: str | None = None
    status: int = 0
    into: str = "project"


_LEARN = ("scikit-learn",)
_NOTEBOOK = ("nbconvert", "ipykernel")

CASES: dict[str, Case] = {
    "scikit-learn, argparse, joblib": Case(("python", "sk_digits.py", "--epochs", "30"), _LEARN),
    "scikit-learn, forest on threads": Case(("python", "sk_forest.py"), _LEARN),
    "scikit-learn, search, pickle": Case(("python", "sk_grid.py"), _LEARN),
    "scikit-learn, step by step": Case(("python", "sk_steps.py"), _LEARN),
    "LightGBM": Case(("python", "boosting.py", "lightgbm"), (*_LEARN, "lightgbm")),
    "XGBoost": Case(("python", "boosting.py", "xgboost"), (*_LEARN, "xgboost")),
    "PyTorch": Case(("python", "torch_mlp.py"), (*_LEARN, "torch")),
    "PyTorch, two loader processes": Case(("python", "torch_loader.py"), (*_LEARN, "torch")),
    "pandas, Parquet, Matplotlib": Case(("python", "frames.py"), (*_LEARN, "pandas", "pyarrow", "matplotlib")),
    "Hydra": Case(("python", "hydra_app.py", "train.lr=0.2", "model=large"), ("hydra-core",)),
    "argparse and YAML": Case(("python", "argparse_yaml.py", "--config", "local.yaml"), ("PyYAML",)),
    "multiprocessing, forked": Case(("python", "pool.py", "fork")),
    "multiprocessing, spawned": Case(("python", "pool.py", "spawn")),
    "joblib, loky and Memory": Case(("python", "loky.py"), _LEARN),
    "bash pipeline": Case(("./pipeline.sh",)),
    "make": Case(("make", "-s", "-f", "train.mk")),
    "notebook by nbconvert": Case(("./notebook.sh", "nbconvert"), _NOTEBOOK),
    "notebook by papermill": Case(("./notebook.sh", "papermill"), (*_NOTEBOOK, "papermill")),
    "console script, editable project": Case(("fit-line",), editable="project", venv="venv"),
    "editable package outside": Case(("fit-line", "data/table.csv"), editable="outside/package", venv="venv"),
    "python -m package": Case(("python", "-m", "trainer")),
    "module and ../data outside": Case(("python", "elsewhere.py")),
    "in a folder of the project": Case(("python", "../named.py", "../data/table.csv", "."), into="project/sub"),
    "absolute paths in the words": Case(
        ("python", "{root}/project/named.py", "{root}/project/data/table.csv", "{root}/project/out/named")
    ),
    "absolute path outside": Case(("python", "named.py", "{root}/tables/more.csv", "out")),
    "sqlite": Case(("python", "database.py")),
    "folder named by the time": Case(("python", "stamped.py")),
    "log and state written over": Case(("python", "appended.py")),
    "environment in the project": Case(("python", "named.py", "data/table.csv", "out"), venv="project/.venv"),
    "interpreter by its path": Case((".venv/bin/python", "named.py", "data/table.csv", "out"), venv="project/.venv"),
    "exit status 3": Case(("python", "failing.py"), status=3),
}


class Sandbox(NamedTuple):
    """Project, home and what lies outside, below ``root``; ``python`` is the interpreter to run with."""

    root: str
    python: str

    @property
    def project(self) -> str:
        """The project's folder."""
        return self.root + "/project"

    def environ(self) -> dict[str, str]:
        """The command's variables, none of whoever measures."""
        return {
            "PATH": f"{os.path.dirname(self.python)}:/usr/local/bin:/usr/bin:/bin",
            "HOME": self.root + "/home",
            "PYTHONPATH": self.root + "/outside/lib",
            "LANG": "C.UTF-8",
            "OMP_NUM_THREADS": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "USER": "ada",
        }

    def words(self, case: Case) -> list[str]:
        """The command of a case here."""
        return [word.replace("{root}", self.root) for word in case.argv]


def make(root: str, python: str) -> Sandbox:
    """A project with a change, an untracked module, git-ignored settings and data; the folder ``root`` is there."""
    made = Sandbox(root, python)
    shutil.copytree(_HERE, made.project, ignore=shutil.ignore_patterns("__pycache__"))
    _write(made.project, {".gitignore": "local.*\ndata/\nout/\n.venv/\n*.egg-info/\n"})
    held = {name: Path(made.project, name).read_bytes() for name in _NEVER_COMMITTED}
    for name in held:
        os.unlink(f"{made.project}/{name}")
    common = Path(made.project, "common.py").read_text(encoding="utf-8")
    _write(made.project, {"common.py": '"""As it was committed, before the change."""\n'})
    git(made, "init", "-q")
    git(made, "add", "-A")
    git(made, "commit", "-q", "-m", "scripts")
    _write(made.project, {"common.py": common, **{name: data.decode() for name, data in held.items()}})
    settings = {"local.json": '{"rate": 0.1, "seed": 7}\n', "local.yaml": "train:\n  lr: 0.25\n  steps: 40\n"}
    data = {
        "data/table.csv": _TABLE,
        "data/state.txt": "0.5",
        "data/history.log": "begun\n",
        "sub/local.json": settings["local.json"],
    }
    _write(made.project, {**settings, **data})
    with sqlite3.connect(f"{made.project}/data/table.db") as database:
        database.execute("create table points (x real, y real)")
        rows = [line.split(",") for line in _TABLE.splitlines()[1:]]
        database.executemany("insert into points values (?, ?)", rows)
    database.close()
    _write(root, {"tables/more.csv": "x,y\n10,31\n11,35\n", "home/.keep": ""})
    _write(root, {"outside/lib/neighbour.py": "def scaled(x):\n    return 2 * x\n"})
    for name in ("trainer", "setup.cfg", "pyproject.toml"):
        copy = shutil.copytree if os.path.isdir(_HERE / name) else shutil.copy
        os.makedirs(f"{root}/outside/package", exist_ok=True)
        copy(_HERE / name, f"{root}/outside/package/{name}")
    return made


def git(sandbox: Sandbox, *words: str) -> None:
    """Run git in the project."""
    subprocess.run([*_GIT, *words], cwd=sandbox.project, env=sandbox.environ(), check=True)


def _write(folder: str, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
