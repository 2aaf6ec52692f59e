"""One wheel, whoever installs it, is one distribution: real pip and uv in a real virtual environment."""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from tests.capture.reports import report_of

from runlore.capture.environment import read_environment
from runlore.records.environment import Package


def wheel(folder: Path, *, value: int = 1, build: str = "") -> Path:
    """A wheel with a module, a file with a comma in its name, a script of its own and an entry point."""
    info, data = "tiny_tool-1.0.dist-info", "tiny_tool-1.0.data"
    files = {
        "tiny_tool/__init__.py": f"value = {value}\n\n\ndef main():\n    print(value)\n",
        "tiny_tool/a, b.txt": "text",
        "tiny_tool_single.py": "",
        f"{data}/scripts/tiny-script": "#!python\nprint('script')\n",
        f"{data}/purelib/tiny_tool_extra.py": "extra = 1\n",
        f"{data}/data/share/tiny/readme": "shared",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: Tiny_Tool\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        + (f"Build: {build}\n" if build else ""),
        f"{info}/entry_points.txt": "[console_scripts]\ntiny = tiny_tool:main\n",
    }
    rows = []
    folder.mkdir()
    built = folder / f"tiny_tool-1.0-{build + '-' if build else ''}py3-none-any.whl"
    with zipfile.ZipFile(built, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
            digest = urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
            rows.append(
                f'"{name}",sha256={digest},{len(text)}' if "," in name else f"{name},sha256={digest},{len(text)}"
            )
        archive.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,", ""]))
    return built


class Site:
    """A virtual environment with pip, and what is read from it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        made = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True, text=True, check=False)
        if made.returncode:
            pytest.skip("this Python cannot make virtual environments with pip: " + made.stderr[-200:])
        self.python = str(folder / "bin" / "python")

    def pip(self, *arguments: str | Path) -> Package:
        command = [self.python, "-m", "pip", "--isolated", "--disable-pip-version-check", *arguments]
        subprocess.run(command, check=True, capture_output=True)
        return self.tiny()

    def uv(self, *arguments: str | Path) -> Package:
        subprocess.run(
            ["uv", "--offline", "--no-config", *arguments, "--python", self.python], check=True, capture_output=True
        )
        return self.tiny()

    def tiny(self) -> Package:
        interpreter = report_of(self.python, self.folder / "journal")
        (self.folder / "journal").unlink()
        packages = {package.name: package for package in read_environment(interpreter, None).packages}
        assert packages["pip"].digest
        return packages["tiny-tool"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("site") / "venv")


LOCAL = ("install", "--no-index", "--no-deps", "--force-reinstall")


def test_pip_with_and_without_compiling_gives_one_digest(site: Site, tmp_path: Path) -> None:
    built = wheel(tmp_path / "w")
    compiled = site.pip(*LOCAL, built)
    assert list(site.folder.glob("lib/python*/site-packages/tiny_tool/__pycache__/*.pyc"))
    assert site.pip(*LOCAL, "--no-compile", built) == compiled
    assert compiled.digest is not None
    assert (compiled.version, compiled.source, compiled.url) == ("1.0", "local", built.as_uri())


def test_an_install_from_an_index_has_the_digest_of_the_wheel_and_no_source(site: Site, tmp_path: Path) -> None:
    built = wheel(tmp_path / "w")
    by_file = site.pip(*LOCAL, built)
    by_name = site.pip(*LOCAL, "--find-links", built.parent, "tiny-tool")
    assert by_name == Package(name="tiny-tool", version="1.0", digest=by_file.digest)


def test_two_builds_of_one_version_are_told_apart(site: Site, tmp_path: Path) -> None:
    digests = {
        site.pip(*LOCAL, wheel(tmp_path / "a")).digest,
        site.pip(*LOCAL, wheel(tmp_path / "b", value=2)).digest,
        site.pip(*LOCAL, wheel(tmp_path / "c", build="7")).digest,
    }
    assert len(digests) == 3
    assert site.pip(*LOCAL, wheel(tmp_path / "again", value=2)).digest in digests


@pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not installed")
def test_uv_and_pip_installs_of_one_wheel_have_one_digest(site: Site, tmp_path: Path) -> None:
    built = wheel(tmp_path / "w")
    by_pip = site.pip(*LOCAL, built)
    by_uv = site.uv("pip", "install", "--no-deps", "--reinstall", built)
    info = next(site.folder.glob("lib/python*/site-packages/tiny_tool-1.0.dist-info"))
    assert (info / "INSTALLER").read_text().strip() == "uv"
    assert by_uv == by_pip
    assert site.uv("pip", "install", "--no-deps", "--reinstall", "--compile-bytecode", built) == by_pip
