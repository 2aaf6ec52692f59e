"""Programs in C that the tests compile, and runs of them that the native observer watches."""

import atexit
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pytest

from runlore.capture.access.native import LIBRARY, Native
from runlore.capture.access.observer import Place
from runlore.capture.access.touch import Touch
from runlore.probe.native.build import build, system_compiler

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "../../src/runlore/probe/native/trace.c")
LIMIT = 1 << 20


class Seen(NamedTuple):
    """What a command did, and what was seen of it."""

    status: int
    output: str
    touches: list[Touch]
    saved: str

    def paths(self, *kinds: str) -> set[str]:
        """The paths of all touches of these kinds."""
        return {os.fsdecode(each.path) for each in self.touches if each.kind in kinds}


@functools.cache
def workshop() -> str:
    """A folder for what is compiled, until the tests have ended."""
    folder = tempfile.mkdtemp(prefix="runlore-native-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.chmod(folder, 0o755)  # noqa: S103 - programs that give up their rights come here as well
    return folder


@functools.cache
def library() -> str:
    """The library, built from the source as it is now."""
    return build(compiler(), workshop())


def compiler() -> tuple[str, ...]:
    found = system_compiler()
    if found is None or not sys.platform.startswith("linux"):
        pytest.skip("no C compiler is installed, or this is not Linux")
    return found


@functools.cache
def program(name: str, *options: str) -> str:
    """The path of a program of this folder, compiled; with trace.c among the options it watches itself."""
    path = f"{workshop()}/{name}{len(os.listdir(workshop()))}"
    command = (*compiler(), "-O1", "-g", "-w", "-o", path, f"{HERE}/{name}.c", *options, "-lpthread")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and any(option.startswith(("-static", "-fsanitize")) for option in options):
        pytest.skip(f"the compiler has no {' '.join(options)}")
    assert done.returncode == 0, done.stderr
    return path


def observer(folder: str, *, later: float = -3600, limit: int = LIMIT) -> Native:
    """One that takes what was written up to ``later`` seconds from now for older than the run."""
    run = os.path.join(folder, "run")
    shutil.rmtree(run, ignore_errors=True)
    os.makedirs(run)
    return Native(Place(run, run + "/saved", limit), time.time_ns() + int(later * 1e9))


def watch(  # noqa: PLR0913 - all that a run can be varied in
    command: Sequence[str],
    folder: str,
    cwd: str,
    *,
    environ: Mapping[str, str] | None = None,
    later: float = -3600,
    limit: int = LIMIT,
    preload: bool = True,
) -> Seen:
    """Run ``command`` in ``cwd``, watched by an observer in ``folder``."""
    native = observer(folder, later=later, limit=limit)
    variables = native.environ({"PATH": os.defpath, **(environ or {})})
    variables["LD_PRELOAD"] = variables["LD_PRELOAD"].replace(LIBRARY, library())
    if not preload:
        del variables["LD_PRELOAD"]
    done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False, timeout=120)
    return Seen(done.returncode, done.stdout + done.stderr, list(native.touches()), folder + "/run/saved")
