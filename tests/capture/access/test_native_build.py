"""How the preloaded library is built, and that a wheel says what it is for."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.native.watched import compiler

from runlore.capture.access.native import LIBRARY as LIBRARY_OF_THIS_ONE
from runlore.probe.native.build import LIBRARY, build, system_compiler

ROOT = os.path.abspath(f"{__file__}/../../../..")


def wheel(folder: Path, **environ: str) -> zipfile.ZipFile:
    """A wheel of the project, built into ``folder`` by the hook in hatch_build.py."""
    pytest.importorskip("hatchling")
    command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}, check=True, capture_output=True)
    (path,) = folder.iterdir()
    return zipfile.ZipFile(path)


def test_cc_names_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "ccache 'my cc' -pipe")
    assert system_compiler() == ("ccache", "my cc", "-pipe")


def test_without_a_compiler_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert system_compiler() is None


def test_the_source_compiles_without_a_warning_and_leaves_nothing_else(tmp_path: Path) -> None:
    assert build(compiler(), str(tmp_path)) == f"{tmp_path}/{LIBRARY}"
    assert os.listdir(tmp_path) == [LIBRARY]


def test_a_library_in_use_is_replaced_and_not_written_over(tmp_path: Path) -> None:
    (tmp_path / LIBRARY).write_bytes(b"in use")
    with open(tmp_path / LIBRARY, "rb") as used:
        build(compiler(), str(tmp_path))
        assert used.read() == b"in use"
    assert (tmp_path / LIBRARY).read_bytes().startswith(b"\x7fELF")


def test_a_compiler_that_fails_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="none-such"):
        build(("sh", "-c", "echo none-such >&2; exit 1"), str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_a_wheel_with_the_library_is_for_this_platform_only(tmp_path: Path) -> None:
    compiler()
    built = wheel(tmp_path)
    assert f"runlore/probe/native/{LIBRARY}" in built.namelist()
    assert f"-py3-none-linux_{os.uname().machine}.whl" in str(built.filename)


def test_a_wheel_without_it_is_for_every_platform(tmp_path: Path) -> None:
    for folder, environ in (("off", {"RUNLORE_BUILD_NATIVE": "off"}), ("auto", {"CC": "/none/cc"})):
        (tmp_path / folder).mkdir()
        built = wheel(tmp_path / folder, **environ)
        assert f"runlore/probe/native/{LIBRARY}" not in built.namelist()
        assert str(built.filename).endswith("-py3-none-any.whl")


def test_a_wheel_for_another_machine_needs_no_version_of_a_symbol_and_leaves_this_ones_library(tmp_path: Path) -> None:
    pytest.importorskip("ziglang")
    ours = Path(LIBRARY_OF_THIS_ONE)
    before = ours.read_bytes() if ours.exists() else b""
    built = wheel(tmp_path, RUNLORE_BUILD_NATIVE="require", RUNLORE_NATIVE_TARGET="aarch64-linux")
    assert str(built.filename).endswith("-py3-none-manylinux_2_17_aarch64.musllinux_1_1_aarch64.whl")
    library = built.read(f"runlore/probe/native/{LIBRARY}")
    assert library[18:20] == b"\xb7\0"  # AArch64 in an ELF header
    assert b"GLIBC_" not in library
    assert len([name for name in built.namelist() if name.endswith(".so")]) == 1
    assert (ours.read_bytes() if ours.exists() else b"") == before


def test_a_wheel_that_must_have_it_is_not_built_without(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        wheel(tmp_path, CC="/none/cc", RUNLORE_BUILD_NATIVE="require")
