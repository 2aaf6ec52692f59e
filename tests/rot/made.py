"""A store with every kind of file, made by real runs: shared, pulled, tagged, removed, looked through, one killed."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

from tests.crash.project import Project

_TRAIN = """import pathlib, sys, runlore
rate = float(sys.argv[1].partition("=")[2])
rows = pathlib.Path("data/rows.csv").read_text().splitlines()
for step in range(4):
    runlore.log(loss=1 / (1 + rate * step), step=step)
runlore.samples(list(range(8)), target=[0, 1] * 4, prediction=[0] * 8, loss=[rate] * 8)
pathlib.Path("model.bin").write_bytes(bytes(range(256)) * 600 + str(rate).encode())
pathlib.Path("report.txt").write_text(f"{len(rows)} rows at {rate}\\n")
print("trained", rate)
"""
_SLOW = """import pathlib, time, runlore
runlore.log(loss=0.5, step=1)
print("begun", flush=True)
pathlib.Path("begun").touch()
time.sleep(60)
"""


def make(folder: pathlib.Path) -> Project:
    """The project ``project`` below ``folder``, beside the remote that it shares with another."""
    (folder / "remote").mkdir(parents=True)
    other = _project(folder / "other")
    other.mlrun("init", check=True)
    other.mlrun("remote", "add", "origin", str(folder / "remote"), check=True)
    _exec(other, "--rate=0.1", "-t", "theirs")
    other.mlrun("push", check=True)
    project = _project(folder / "project")
    project.mlrun("init", check=True)
    project.mlrun("remote", "add", "origin", str(folder / "remote"), check=True)
    project.mlrun("pull", "--data", "all", check=True)
    _exec(project, "--rate=0.2", "-n", "second", "-t", "best", "-d", "data")
    project.mlrun("note", "best", "a remark", check=True)
    project.mlrun("push", "--data", "all", check=True)
    for rate in ("0.3", "0.4"):
        _exec(project, f"--rate={rate}", "-e", "sweep", "-o", "model.bin")
    project.mlrun("tag", "best", "@", "--force", check=True)
    project.mlrun("rm", "@~1", check=True)
    project.mlrun("config", "data.limit", "1MiB", check=True)
    _killed(project)
    project.mlrun("lineage", "report.txt", check=True)
    project.mlrun("list", check=True)
    return project


def _project(folder: pathlib.Path) -> Project:
    folder.mkdir()
    home = folder.with_name(f"home-of-{folder.name}")
    home.mkdir()
    project = Project(folder)
    project.env |= {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    (folder / "train.py").write_text(_TRAIN)
    (folder / "slow.py").write_text(_SLOW)
    (folder / "data").mkdir()
    (folder / "data" / "rows.csv").write_text("a,b\n1,2\n")
    for args in (["init", "-q"], ["add", "train.py"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm1"]):
        project.run("git", *args)
    (folder / "train.py").write_text(_TRAIN + "# changed\n")
    return project


def _exec(project: Project, rate: str, *options: str) -> None:
    project.mlrun("exec", *options, "train.py", rate, check=True)


def _killed(project: Project) -> None:
    """A run whose mlrun and command are killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "runlore", "exec", "--trace", "off", "slow.py"],
        cwd=project.folder, env=project.env, start_new_session=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    end = time.monotonic() + 60
    while not (project.folder / "begun").exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def copy(project: Project, to: pathlib.Path) -> Project:
    """The same below another folder, with its remote."""
    to.mkdir()
    for name in (project.folder.name, "remote", f"home-of-{project.folder.name}"):
        shutil.copytree(project.folder.with_name(name), to / name, symlinks=True)
    copied = Project(to / project.folder.name)
    copied.env = {**project.env, "HOME": str(to / f"home-of-{project.folder.name}")}
    return copied
