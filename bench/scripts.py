"""The scripts in ``bench/observed``: how each is started, and the sandbox that it runs in."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

_HERE = Path(__file__).resolve().parent / "observed"
_PROCESS = re.compile(r"(?<=tfevents\.)\S+")
"""What TensorBoard names a file by: time, host, process."""

CASES: dict[str, tuple[str, ...]] = {
    "scikit-learn, pandas CSV, joblib": ("python", "sklearn_csv.py"),
    "scikit-learn, loky, npz and mmap": ("python", "sklearn_npz.py"),
    "pandas: gz, Feather, pickle, outside": ("python", "pandas_files.py"),
    "pyarrow: Parquet, data set in parts": ("python", "parquet.py"),
    "polars: lazy Parquet and CSV": ("python", "polars_lazy.py"),
    "duckdb": ("python", "duckdb_sql.py"),
    "h5py": ("python", "hdf5.py"),
    "sqlite3": ("python", "sqlite_table.py"),
    "LightGBM and XGBoost": ("python", "boosting.py"),
    "safetensors, matplotlib": ("python", "safetensors_plot.py"),
    "Hydra": ("python", "hydra_app.py", "hydra.run.dir=out/hydra"),
    "argparse and YAML": ("python", "argparse_yaml.py"),
    "TOML, JSON, csv": ("python", "toml_json.py"),
    "multiprocessing, fork": ("python", "pool.py", "fork"),
    "multiprocessing, spawn": ("python", "pool.py", "spawn"),
    "multiprocessing, fork server": ("python", "pool.py", "forkserver"),
    "joblib: loky and Memory": ("python", "joblib_parallel.py"),
    "torch DataLoader, forked workers": ("python", "torch_loader.py", "fork"),
    "torch DataLoader, spawned workers": ("python", "torch_loader.py", "spawn"),
    "torchrun, two processes": ("torchrun", "--standalone", "--nproc-per-node=2", "torch_distributed.py"),
    "torch, TensorBoard, TorchScript": ("python", "tensorboard_log.py"),
    "subprocess: Python, shell, gzip": ("python", "children.py"),
    "bash pipeline": ("./pipeline.sh",),
    "make": ("make", "-s", "-f", "make_pipeline.mk"),
    "papermill": ("./notebook_runs.sh", "papermill"),
    "nbconvert": ("./notebook_runs.sh", "nbconvert"),
    "checkpoint and inputs written over": ("python", "resumed.py"),
    "temporaries, deleted and moved": ("python", "temporaries.py"),
    "chdir, links, descriptors, threads": ("python", "names.py"),
    "compiled library, ctypes": ("./c_library.sh",),
    "PYTHONPATH outside, module in a zip": ("python", "elsewhere_module.py"),
    "python -I -S": ("python", "-I", "-S", "isolated.py"),
    "killed by SIGKILL": ("python", "killed.py"),
    "static program": ("./static_program.sh",),
    "env -i, LD_PRELOAD emptied": ("python", "bare_children.py"),
    "daemon that outlives the run": ("python", "daemon.py"),
}
BEYOND = frozenset(("static program", "env -i, LD_PRELOAD emptied", "daemon that outlives the run"))
"""What `native` says that it cannot see: in the table, not in its sums."""


class Sandbox(NamedTuple):
    """A fresh folder with a project, data outside it, a home and a folder for temporary files."""

    root: str
    python: str

    @property
    def project(self) -> str:
        """Where the command runs."""
        return self.root + "/project"

    def environ(self) -> dict[str, str]:
        """The command's variables, none of whoever measures."""
        return {
            "PATH": f"{os.path.dirname(self.python)}:/usr/local/bin:/usr/bin:/bin",
            "HOME": self.root + "/home",
            "TMPDIR": os.path.join(self.root, "tmp"),
            "OUTSIDE": self.root + "/outside",
            "PYTHONPATH": self.root + "/outside/lib",
            "LANG": "C.UTF-8",
            "OMP_NUM_THREADS": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def short(self, path: str) -> str:
        """The path as it is in every sandbox; what names a process or a moment stands as N."""
        return _PROCESS.sub("N", path.removeprefix(self.root + "/"))


def make_template(folder: str, python: str) -> Sandbox:
    """The sandbox that all others are copies of."""
    made = Sandbox(folder, python)
    for name in ("project", "home", "tmp", "outside"):
        os.makedirs(f"{folder}/{name}")
    subprocess.run([python, _HERE / "make_data.py"], cwd=made.project, env=made.environ(), check=True)
    for script in _HERE.iterdir():
        if script.is_file() and script.name != "make_data.py":
            shutil.copy(script, made.project)
    build = ["cc", "-static", "-o", "lines", "lines.c"]
    subprocess.run(build, cwd=made.project, check=False, stderr=subprocess.DEVNULL)
    git = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "scripts"]):
        subprocess.run([*git, *command], cwd=made.project, env=made.environ(), check=True)
    return made
