"""A driver of NVIDIA's, compiled for a test: its devices are what a file says."""

import pathlib
import shutil
import subprocess
import time

import pytest

from runlore.capture import nvidia
from runlore.execute.gpu import Gpus

SOURCE = pathlib.Path(__file__).parent.parent / "native" / "nvml.c"


class Driver:
    """The library, and the file with its state."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.library = folder / "libnvidia-ml.so.1"
        self._state = folder / "state"
        self.says("devices 0")

    def build(self, compiler: str) -> None:
        state = f'-DSTATE="{self._state}"'
        subprocess.run((compiler, "-shared", "-fPIC", state, "-o", self.library, SOURCE), check=True)

    def says(self, *lines: str) -> None:
        """From now on the devices are these."""
        new = self._state.with_suffix(".new")
        new.write_text("".join(f"{line}\n" for line in lines))
        new.rename(self._state)


@pytest.fixture
def driver(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler")
    found = Driver(tmp_path)
    found.build(compiler)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    monkeypatch.setattr(nvidia, "_MARKS", (str(tmp_path),))
    return found


def looked(gpus: Gpus, pids: list[int], times: int = 2) -> None:
    """Ask until so many answers have come, or it is over."""
    end = time.monotonic() + 30
    while times and time.monotonic() < end and not gpus.warnings:
        before = gpus.busy
        gpus.sample(pids)
        times -= gpus.busy is not before
        time.sleep(0.01)
