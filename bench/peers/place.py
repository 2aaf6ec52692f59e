"""Where a peer is tried: a git repository of its own, and an interpreter of its own for the training script."""

import os
import stat
import subprocess
import sys
import textwrap
import time
import venv
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from measure import environ
from peers.environments import Environment

_OLD_ENOUGH = 2.2
"""Seconds after which neither git nor a tracker takes a file for one that may have changed within its time stamp."""

QUIET = {
    "DVC_NO_ANALYTICS": "1",
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "AIM_UI_TELEMETRY_ENABLED": "0",
    "PYTHONWARNINGS": "ignore",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "protocol.file.allow",
    "GIT_CONFIG_VALUE_0": "always",
}


WRITES = "with open('result.txt', 'w') as file:\n    file.write(str(time.time_ns()))\n"
"""What a script does that makes a file, another each time: a tracker of changes has to have one. It takes `time`."""


class Script(NamedTuple):
    """A training script: what it imports, at its top, and what it does."""

    imports: str
    body: str

    def plain(self) -> str:
        return f"{self.imports}\n{self.body}\n"

    def inside(self, opening: str) -> str:
        """The script with its body below a line that opens a block."""
        return f"{self.imports}\n{opening}\n{textwrap.indent(self.body, '    ')}\n"


class Place(NamedTuple):
    """A project at ``top``, ``beside`` it a folder for what is outside, and the interpreter that trains."""

    top: str
    beside: str
    python: str
    variables: Mapping[str, str]

    def git(self, *words: str) -> None:
        self.call("git", *words)

    def call(self, *argv: str) -> bytes:
        """What a command prints that is no part of what is measured.

        Raises:
            RuntimeError: it failed; with the end of what it said.
        """
        done = subprocess.run(
            argv, cwd=self.top, env=self.variables, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise RuntimeError(f"{os.path.basename(argv[0])} {' '.join(argv[1:3])}: {said[-300:]}")
        return done.stdout

    def write(self, path: str, content: str | bytes) -> None:
        place = os.path.join(self.top, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with open(place, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", "change")


def make(folder: str, tool: Environment, text: str, modules: int = 10, *, imported: bool = False) -> Place:
    """A committed project: ``train.py`` with this text and so many other files, a hundred in each folder.

    Its interpreter has one package of its own, and those of the tool's environment if it is ``imported``.
    """
    place = there(folder, tool)
    for made in (place.top, place.beside, f"{folder}/home"):
        os.makedirs(made)
    _interpreter(f"{folder}/other", tool.packages if imported else None)
    place.git("init", "-q", "-b", "main")
    place.write(".gitignore", "data/\nlocal.yaml\nignored.py\nmodel.bin\n__pycache__/\n")
    place.write("train.py", text)
    for number in range(modules):
        place.write(f"package{number // 100}/module{number % 100}.py", f"VALUE = {number % 100}\n" * 60)
    place.commit()
    return place


def there(folder: str, tool: Environment) -> Place:
    """A project that was made before."""
    variables = {**environ(f"{folder}/home"), **QUIET}
    variables["PATH"] = f"{folder}/other/bin:{os.environ.get('PATH', os.defpath)}:{tool.folder}/bin"
    variables["GIT_CONFIG_GLOBAL"] = f"{folder}/home/.gitconfig"
    variables["VIRTUAL_ENV"] = f"{folder}/other"
    variables["GUILD_HOME"] = f"{folder}/home/guild"
    variables["DVC_SITE_CACHE_DIR"] = f"{folder}/home/dvc"
    return Place(f"{folder}/project", f"{folder}/beside", f"{folder}/other/bin/python", variables)


def unharmed(after: str) -> None:
    """Ask whether the null device is one still: a tool that runs as root can put a file in its place.

    Raises:
        SystemExit: it is not; nothing that is started afterwards would work, on the whole machine.
    """
    if not stat.S_ISCHR(os.stat(os.devnull).st_mode):
        again = f"rm {os.devnull}; mknod -m 666 {os.devnull} c 1 3"
        raise SystemExit(f"{after}: {os.devnull} is no device any more; as root, type: {again}")


def settle(places: Sequence[Place]) -> None:
    """Wait until the files of all are old enough for git to believe its own index, and have it look."""
    time.sleep(_OLD_ENOUGH)
    for place in places:
        place.git("status", "--short")


def _interpreter(folder: str, packages: str | None) -> None:
    venv.create(folder, symlinks=True)
    site = os.path.join(folder, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}", "site-packages")
    own = os.path.join(site, "only_there-3.1.4.dist-info")
    os.mkdir(own)
    for name, text in (("METADATA", "Metadata-Version: 2.1\nName: only-there\nVersion: 3.1.4\n"), ("RECORD", "")):
        with open(os.path.join(own, name), "w", encoding="utf-8") as file:
            file.write(text)
    if packages is not None:
        with open(os.path.join(site, "tracker.pth"), "w", encoding="utf-8") as file:
            file.write(packages + "\n")
