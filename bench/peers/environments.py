"""Environments of peers: one of its own for each, made with uv at the versions below and kept for the next time."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

PACKAGES: Mapping[str, tuple[str, ...]] = {
    "dvc": ("dvc==3.67.1",),
    "guild": ("guildai==0.9.0", "setuptools==80.9.0", "pip==26.0"),
    "mlflow": ("mlflow==3.17.2",),
    "datalad": ("datalad==1.7.1", "git-annex==10.20261026"),
    "sumatra": ("sumatra==0.8.1", "GitPython==3.1.45"),
    "aim": ("aim==3.29.1", "setuptools==80.9.0"),
    "sacred": ("sacred==0.8.7", "setuptools==80.9.0"),
    "reprozip": ("reprozip==1.3.2",),
    "noworkflow": ("noworkflow==2.1.3",),
    "runprov": ("runprov==0.9.0",),
}
"""What is installed for each. Guild, Sacred and Aim import `pkg_resources`, which later setuptools no longer have;
Guild calls pip; Sumatra reads git by GitPython."""


class Environment(NamedTuple):
    """A virtual environment: its folder, and its Python."""

    folder: str
    python: str

    def program(self, name: str) -> str:
        return os.path.join(self.folder, "bin", name)

    @property
    def packages(self) -> str:
        """The folder of its packages, for an interpreter elsewhere that is to import them."""
        return os.path.join(self.folder, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}", "site-packages")


class NotInstallable(Exception):  # noqa: N818 - what it says is a fact about a peer, shown in the table
    """The registry has no such version, or it does not build here; the message is the last line of uv."""


def version(peer: str) -> str:
    """The version that is measured."""
    return PACKAGES[peer][0].partition("==")[2]


def ready(home: str, peer: str) -> Environment:
    """The peer's environment below ``home``, made unless it is there.

    Raises:
        NotInstallable: uv could not make it.
    """
    folder = os.path.join(home, f"{peer}-{version(peer)}")
    made = Environment(folder, os.path.join(folder, "bin", "python"))
    wanted, noted = "\n".join(PACKAGES[peer]), os.path.join(folder, "installed")
    if os.path.exists(noted) and _read(noted) == wanted:
        return made
    shutil.rmtree(folder, ignore_errors=True)
    print(f"{peer} {version(peer)}: installing", file=sys.stderr)
    uv = os.path.join(os.path.dirname(sys.executable), "uv")
    for words in (
        ("venv", "-q", "--python", sys.executable, folder),
        ("pip", "install", "-q", "--compile-bytecode", "--python", made.python, *PACKAGES[peer]),
    ):
        done = subprocess.run((uv, *words), stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise NotInstallable(" ".join(done.stderr.split())[-200:])
    with open(noted, "w", encoding="utf-8") as file:
        file.write(wanted)
    return made


def _read(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()
