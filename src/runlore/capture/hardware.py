"""The machine a run is on, from what the kernel says; no process is started but where a GPU has no name otherwise."""

import os
import re
from collections.abc import Sequence
from typing import Any

from runlore.capture import nvidia
from runlore.records.canonical import Json
from runlore.store.boot import boot_id

__all__ = ["boot_id", "host_name", "read_hardware"]

_PROCESSORS = "/proc/cpuinfo"
_GPUS = "/proc/driver/nvidia/gpus"
_DRIVER = ("/sys/module/nvidia", "/proc/driver/nvidia")
_VERSION = re.compile(r"Module .*?(\d+(?:\.\d+)+) ")
"""In ``NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (dvs-builder@...)``."""


def read_hardware() -> dict[str, Json]:
    """``cpu``, ``cores``, ``cores_available``, ``memory``, ``gpus``, drivers, ``system``, ``release``, ``machine``.

    ``cores`` are logical processors, ``cores_available`` those this process may run on, ``memory`` is
    the machine's, in bytes; what the system does not say is ``None``. ``gpus`` names each NVIDIA device
    in the order of the bus; it cannot tell a machine with other devices from one with none. All devices have one
    driver, ``gpu_driver``; ``cuda_driver`` is the newest CUDA it knows, if NVML had to be asked for the names anyhow.
    """
    system = os.uname()
    gpus = gpu_names(_GPUS)
    seen = nvidia.Devices(gpus, None, None) if gpus else nvidia.devices()
    return {
        "cpu": processor_name(_head(_PROCESSORS)) or system.machine,
        "cores": os.cpu_count(),
        "cores_available": _cores_available(),
        "memory": _memory(),
        "gpus": seen.names,
        "gpu_driver": seen.driver or (driver_version() if seen.names else None),
        "cuda_driver": seen.cuda,
        "system": system.sysname,
        "release": system.release,
        "machine": system.machine,
    }


def host_name() -> str:
    """The name this machine has for itself."""
    return os.uname().nodename


def processor_name(processors: str) -> str | None:
    """The model in the text of ``/proc/cpuinfo``, by its part number on ARM; ``None`` if it has neither."""
    fields = _fields(processors)
    if name := fields.get("model name") or fields.get("cpu"):
        return name
    if "CPU part" in fields:
        return f"ARM {fields.get('CPU implementer', '?')} part {fields['CPU part']}"
    return None


def gpu_names(folder: str) -> list[str]:
    """The model of each device that NVIDIA's driver lists in ``folder``."""
    try:
        buses = sorted(os.listdir(folder))
    except OSError:
        return []
    return [_fields(_head(f"{folder}/{bus}/information")).get("Model", "unknown") for bus in buses]


def driver_version(folders: Sequence[str] = _DRIVER) -> str | None:
    """The version of NVIDIA's kernel module, by either of the files in which it says that."""
    module, driver = folders
    if version := _head(f"{module}/version").strip():
        return version
    found = _VERSION.search(_head(f"{driver}/version"))
    return found[1] if found else None


def _cores_available() -> int | None:
    # macOS binds no process to processors, and has no call to ask.
    affinity: Any = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count()


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None


def _head(path: str) -> str:
    """The first 4 KiB. The kernel writes these files as they are read: more would ask every processor."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(file, 4096).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(file)


def _fields(text: str) -> dict[str, str]:
    """``name : value`` lines; of a name that comes again the first counts, which is the first processor's."""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon and value.strip():
            fields.setdefault(name.strip(), value.strip())
    return fields
