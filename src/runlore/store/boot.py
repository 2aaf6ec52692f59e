"""Which boot of which kernel this is: locks do not outlive it."""

import functools


@functools.cache
def boot_id() -> str:
    """The kernel's boot id, the same in every container on it; empty where the system has none."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""
