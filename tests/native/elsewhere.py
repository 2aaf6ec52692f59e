"""Other machines and C libraries than this one, as far as they can be had: AArch64 under qemu, and musl."""

import functools
import glob
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.native.watched import HERE, Seen, library, watch, workshop

from runlore.probe.native.build import build, zig_compiler

_ROOT = os.environ.get("QEMU_LD_PREFIX") or "/usr/aarch64-linux-gnu"
"""A folder with the C library of AArch64: Debian's libc6-arm64-cross has it there."""
_OURS_ALONE = ("ERROR: ld.so", "pid ", "posix_spawnp ended")
"""Lines that come from running programs of two machines, or from qemu's ``vfork``, which shares no memory."""


class Elsewhere(NamedTuple):
    """How programs are compiled for another machine and started here; ``preload`` is what is put before them."""

    compiler: tuple[str, ...]
    preload: str
    emulator: tuple[str, ...] = ()

    def program(self, name: str) -> str:
        """The path of a program of this folder, compiled for there."""
        path = f"{workshop()}/{name}{len(os.listdir(workshop()))}"
        command = (*self.compiler, "-O1", "-g", "-w", "-o", path, f"{HERE}/{name}.c", "-lpthread")
        subprocess.run(command, check=True, capture_output=True)
        return path

    def watch(self, command: Sequence[str], folder: Path, later: float = -3600) -> Seen:
        """Run a command of there, watched, in ``folder``."""
        if not self.emulator:
            return watch(command, str(folder.parent), str(folder), later=later)
        head = (*self.emulator, "-E", f"LD_PRELOAD={self.preload}")
        seen = watch((*head, *command), str(folder.parent), str(folder), later=later, preload=False)
        return seen._replace(output=comparable(seen.output))

    def bare(self, command: Sequence[str], folder: Path) -> str:
        """What the command prints unwatched."""
        done = subprocess.run(
            (*self.emulator, *command), cwd=folder, env={"PATH": os.defpath}, capture_output=True, text=True, check=True
        )
        return comparable(done.stdout + done.stderr) if self.emulator else done.stdout + done.stderr


def comparable(output: str) -> str:
    return "".join(line for line in output.splitlines(keepends=True) if not line.startswith(_OURS_ALONE))


@functools.cache
def musl() -> Elsewhere:
    """Programs linked to musl, under the library that was compiled against the C library of this machine."""
    if not shutil.which("musl-gcc") or not glob.glob("/lib/ld-musl-*.so.1"):
        pytest.skip("musl and musl-gcc are not installed")
    return Elsewhere(("musl-gcc",), library())


@functools.cache
def aarch64() -> Elsewhere:
    """Programs for AArch64, under the library that was cross-compiled for an old C library."""
    emulator = next((each for each in ("qemu-aarch64", "qemu-aarch64-static") if shutil.which(each)), None)
    zig = zig_compiler()
    if emulator is None or zig is None or not os.path.exists(f"{_ROOT}/lib/ld-linux-aarch64.so.1"):
        pytest.skip("qemu-user, the package ziglang or a C library for AArch64 is not installed")
    folder = f"{workshop()}/aarch64"
    os.mkdir(folder)
    made = build((*zig, "-target", "aarch64-linux-gnu.2.17"), folder)
    return Elsewhere((*zig, "-target", "aarch64-linux-gnu.2.28"), made, (emulator, "-L", _ROOT))


def aarch64_python() -> str:
    """The path of a Python for AArch64."""
    path = f"{_ROOT}/usr/bin/python3"
    if not os.path.exists(path):
        pytest.skip("there is no Python for AArch64")
    return os.path.realpath(path)
