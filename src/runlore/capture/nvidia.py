"""NVIDIA's driver: whether it is here, and the program that asks it."""

import contextlib
import json
import os
import subprocess
import sys
from typing import NamedTuple

_MARKS = ("/dev/nvidiactl", "/proc/driver/nvidia")
_PROGRAM = os.path.join(os.path.dirname(__file__), "nvml.py")
_PATIENCE = 5.0
"""Seconds for the driver to tell of its devices."""
_MOMENT = 0.25


def is_here() -> bool:
    """Whether there is a driver; it may have no device."""
    return any(map(os.path.exists, _MARKS))


class Devices(NamedTuple):
    """The model of each device, and the versions of the driver and of the newest CUDA that it knows."""

    names: list[str]
    driver: str | None
    cuda: str | None


_NONE = Devices([], None, None)


def devices() -> Devices:
    """What the driver says of its devices; none without one, or if it does not say."""
    if not is_here():
        return _NONE
    try:
        process = start("devices")
    except OSError:
        return _NONE
    try:
        found = json.loads(process.communicate(timeout=_PATIENCE)[0])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return _NONE
    finally:
        end(process)
    if not isinstance(found, dict) or not isinstance(found.get("names"), list):
        return _NONE
    driver, cuda = (str(found[name]) if found.get(name) else None for name in ("driver", "cuda"))
    return Devices(list(map(str, found["names"])), driver, cuda)


def start(what: str) -> "subprocess.Popen[bytes]":
    """The program ``nvml.py`` with that argument, to be asked and heard through pipes; raises ``OSError``."""
    return subprocess.Popen(
        (sys.executable, "-I", _PROGRAM, what),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        cwd="/",
        env={name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
        start_new_session=True,
    )


def end(process: "subprocess.Popen[bytes]") -> None:
    """End the program, and do not wait for one that hangs in the driver: nobody can end that."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_MOMENT)
    process.returncode = process.returncode or 0
