"""Which distributions were imported: told from the files that were read and the metadata beside them."""

import os
import pathlib
import subprocess
import sys

import pytest

from runlore.capture.access.imported import imported


@pytest.fixture
def site(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "lib/python3.11/site-packages"
    folder.mkdir(parents=True)
    return folder


def install(site: pathlib.Path, name: str, *files: str, top_level: str | None = None) -> None:
    """A distribution as installers leave it."""
    metadata = site / f"{name}.dist-info"
    metadata.mkdir()
    (metadata / "RECORD").write_text("".join(f"{file},sha256=x,1\n" for file in files))
    if top_level is not None:
        (metadata / "top_level.txt").write_text(top_level)


def read(site: pathlib.Path, *names: str) -> tuple[str, ...]:
    return imported(os.fsencode(site / name) for name in names)


def test_a_package_of_its_own_name_needs_no_metadata(site: pathlib.Path) -> None:
    install(site, "numpy-2.1.0")
    install(site, "pandas-2.2.0")
    assert read(site, "numpy/__init__.py", "numpy/core/a.so") == ("numpy",)


def test_names_are_normal(site: pathlib.Path) -> None:
    install(site, "typing_extensions-4.0")
    assert read(site, "typing_extensions.py") == ("typing-extensions",)


def test_another_name_is_found_in_the_metadata(site: pathlib.Path) -> None:
    install(site, "scikit_learn-1.5.0", "sklearn/__init__.py", "../../bin/x")
    install(site, "pyyaml-6.0", top_level="_yaml\nyaml\n")
    assert read(site, "sklearn/base.py", "yaml/__init__.py") == ("pyyaml", "scikit-learn")


def test_a_shared_folder_names_who_installed_it(site: pathlib.Path) -> None:
    install(site, "protobuf-5.0", "google/protobuf/__init__.py")
    assert read(site, "google/protobuf/message.py") == ("protobuf",)


def test_what_is_no_import_names_nothing(site: pathlib.Path) -> None:
    install(site, "numpy-2.1.0")
    assert read(site, "numpy-2.1.0.dist-info/METADATA", "__pycache__/x.cpython-311.pyc", "nobodys/__init__.py") == ()
    assert imported([b"/usr/lib/python3.11/os.py", b"/nowhere/site-packages/a/b.py"]) == ()


def test_a_real_environment_gives_what_a_real_program_imports() -> None:
    program = (
        "import sys, yaml, pytest; print(*[m.__file__ for m in sys.modules.values() if getattr(m, '__file__', 0)])"
    )
    files = subprocess.run((sys.executable, "-c", program), capture_output=True, check=True).stdout.split()
    names = imported(files)
    assert {"pyyaml", "pytest", "pluggy"} <= set(names)
    assert not {"ruff", "mypy", "hypothesis"} & set(names)
