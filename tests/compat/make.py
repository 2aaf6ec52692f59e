"""Makes an archive of a store as this version writes it: ``python tests/compat/make.py FILE``.

Done once for each released format, and never again for the same one: what was released is to be read for ever. The
runs are real ones, so that two archives are not the same; their packing is (sorted, without times and owners).
"""

import io
import lzma
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
from collections.abc import Iterator

import runlore

_LEFT_OUT = ("cache", "tmp", "envs")
"""What may be missing from any store; the folders themselves are there."""
_TRAIN = """
import runlore
import sys
rate = float(sys.argv[1].partition("=")[2])
rows = open("data/rows.csv").read().splitlines()
for step in range(4):
    runlore.log(loss=1 / (1 + rate * step), score=float("nan") if step == 2 else step, step=step)
open("model.bin", "wb").write(bytes(range(256)) * 512 + str(rate).encode())
open("report.txt", "w").write(f"{len(rows)} rows\\n")
print("trained", rate)
"""


class Project:
    """A folder in which the real program runs, with an environment without packages.

    It is a copy that runs: a run's record says where its probe lay, and that is nobody's business.
    """

    def __init__(self, folder: str) -> None:
        self.folder = os.path.join(folder, "project")
        os.makedirs(os.path.join(self.folder, "data"))
        shutil.copytree(os.path.dirname(runlore.__file__), os.path.join(folder, "installed", "runlore"))
        start = "import sys; sys.path.insert(0, sys.argv.pop(1)); from runlore.__main__ import main; main()"
        self.program = (sys.executable, "-c", start, os.path.join(folder, "installed"))
        venv.create(os.path.join(folder, "environment"), symlinks=True)
        self.environ = {
            "PATH": os.path.join(folder, "environment", "bin") + ":/usr/bin:/bin",
            "VIRTUAL_ENV": os.path.join(folder, "environment"),
            "HOME": folder,
            "LC_ALL": "C.UTF-8",
            "USER": "ann",
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def write(self, name: str, text: str) -> None:
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def git(self, *words: str) -> None:
        subprocess.run(("git", *words), cwd=self.folder, env=self.environ, check=True)

    def mlrun(self, *words: str | bytes, status: int = 0) -> None:
        done = subprocess.run((*self.program, *words), cwd=self.folder, env=self.environ, check=False)
        assert done.returncode == status, words

    def crash(self) -> None:
        """A run whose mlrun is killed, and with it what it ran."""
        words = (*self.program, "exec", "-n", "crashed", "train.py", "--lr=9", "wait")
        with subprocess.Popen(words, cwd=self.folder, env=self.environ) as process:
            while not os.path.exists(os.path.join(self.folder, "begun")):
                time.sleep(0.05)
            process.send_signal(signal.SIGKILL)


def make_runs(project: Project) -> None:
    project.write("train.py", _TRAIN)
    project.write("config.yaml", "model:\n  depth: 3\n")
    project.write("data/rows.csv", "a,b\n1,2\n3,4\n")
    project.mlrun("exec", "-n", "nogit", "train.py", "--lr=0.1", "--config=config.yaml")
    project.git("init", "-q", "-b", "main")
    for key, value in (("user.name", "Ann"), ("user.email", "ann@example.org")):
        project.git("config", key, value)
    project.git("add", "train.py", "config.yaml")
    project.git("commit", "-q", "-m", "first")
    project.write("train.py", _TRAIN + "# not committed\n")
    project.write("untracked.py", "VALUE = 1\n")
    project.mlrun("exec", "-n", "dirty", "-e", "first", "-m", "why not", "-t", "best", "train.py", "--lr=0.2")
    project.mlrun("note", "dirty", "caf\xe9: worth a second look")
    project.mlrun("exec", "-n", "failed", "--", "python", "-c", "raise SystemExit(3)", status=3)
    project.mlrun("exec", "-n", "killed", "--", "sh", "-c", "kill -9 $$", status=137)
    project.mlrun("exec", "-n", "folder", "-d", "data", "--", "sh", "-c", "mkdir out && cp data/rows.csv out/")
    project.mlrun(b"exec", b"-n", b"bytes", b"touch", b"caf\xe9")
    project.mlrun("exec", "-n", "removed", "--", "true")
    project.mlrun("rm", "removed")
    project.mlrun("tag", "old", "nogit")
    project.mlrun("tag", "--delete", "old")
    project.mlrun("reproduce", "dirty", "--env", "current")
    project.write("train.py", "open('begun', 'w').close()\nimport time\ntime.sleep(600)\n")
    project.crash()


def pack(root: str) -> Iterator[tarfile.TarInfo]:
    """The members of the archive in order, as nobody's and of no time."""
    for folder, names, files in os.walk(root):
        names.sort()
        below = os.path.relpath(folder, os.path.dirname(root))
        yield _member(below, folder)
        if os.path.relpath(folder, root).split("/")[0] in _LEFT_OUT:
            names.clear()
            continue
        for name in sorted(files):
            yield _member(f"{below}/{name}", os.path.join(folder, name))


def _member(name: str, path: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = tarfile.DIRTYPE if os.path.isdir(path) else tarfile.REGTYPE
    member.mode = os.stat(path).st_mode & 0o777
    member.size = 0 if member.isdir() else os.path.getsize(path)
    return member


def archive(root: str, target: str) -> None:
    with lzma.open(target, "wb") as packed, tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for member in pack(root):
            data = b""
            if member.isfile():
                with open(os.path.join(os.path.dirname(root), member.name), "rb") as file:
                    data = file.read()
            tar.addfile(member, io.BytesIO(data))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="store-") as scratch:
        made = Project(scratch)
        make_runs(made)
        archive(os.path.join(made.folder, ".mlrun"), sys.argv[1])
