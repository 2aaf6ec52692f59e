"""Wheels made by hand, and environments that they are installed into without any network."""

import hashlib
import os
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

import pytest

from runlore.execute.environment.uv import find_uv


def wheel(  # noqa: PLR0913 - what a wheel is made of
    folder: Path, name: str, version: str, files: Mapping[str, str], *, scripts: str = "", build: str = ""
) -> Path:
    """The wheel of a distribution with these files; ``scripts`` are the lines of its console scripts."""
    info = f"{name}-{version}.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if scripts:
        content[f"{info}/entry_points.txt"] = f"[console_scripts]\n{scripts}\n"
    folder.mkdir(parents=True, exist_ok=True)
    built = folder / f"{name}-{version}-{build + '-' if build else ''}py3-none-any.whl"
    rows = []
    with zipfile.ZipFile(built, "w") as archive:
        for path, text in content.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, text)
            digest = urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
            rows.append(f"{path},sha256={digest},{len(text)}")
        archive.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,", ""]))
    return built


class Machine:
    """A person's folders: a home, a folder of wheels that stands for the index, and environments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = folder / "wheels"
        self.wheels.mkdir()
        self.home = folder / "home"
        self.home.mkdir()
        uv = find_uv()
        if uv is None:
            pytest.skip("uv cannot run here")
        self.uv = uv
        self.alone = ("--no-index", "--find-links", str(self.wheels))
        self.environ = {
            "PATH": os.pathsep.join((os.path.dirname(sys.executable), "/usr/bin", "/bin")),
            "HOME": str(self.home),
            "UV_CACHE_DIR": str(folder / "cache"),
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_NO_INDEX": "1",
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_NO_CONFIG": "1",
            "PIP_CONFIG_FILE": os.devnull,
        }

    def run(self, *argv: str | Path) -> str:
        done = subprocess.run(argv, env=self.environ, cwd=self.home, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def environment(self, name: str = "venv") -> Path:
        """A new environment; its interpreter."""
        self.run(self.uv, "venv", "--quiet", "--python", sys.executable, self.folder / name)
        return self.folder / name / "bin" / "python"

    def install(self, python: Path, *what: str | Path) -> None:
        self.run(self.uv, "pip", "install", "--quiet", "--no-deps", *self.alone, "--python", python, *what)


def site(python: Path) -> Path:
    """Its folder of packages."""
    (found,) = (python.parent.parent / "lib").glob("python*/site-packages")
    return found


def editable(python: Path, name: str, source: Path, files: Mapping[str, str]) -> None:
    """Install the project in ``source`` as setuptools does in editable mode: ``files`` lie among the packages."""
    info = f"{name}-1.0.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/INSTALLER": "uv",
        f"{info}/direct_url.json": f'{{"url":"{source.as_uri()}","dir_info":{{"editable":true}}}}',
    }
    (site(python) / info).mkdir()
    rows = []
    for path, text in content.items():
        (site(python) / path).write_text(text)
        digest = urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        rows.append(f"{path},sha256={digest},{len(text)}")
    (site(python) / info / "RECORD").write_text("\n".join([*rows, f"{info}/RECORD,,", ""]))
