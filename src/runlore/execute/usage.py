"""What a tree of processes uses: processor time, memory, bytes read and written."""

import os
import resource
from collections.abc import Iterator

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = 512
"""Bytes of a block in ``getrusage``."""


class TreeUsage:
    """Samples a process and its descendants. Where there is no ``/proc`` only the totals at the end are known."""

    def __init__(self, root: int) -> None:
        """``root`` is the process at the top."""
        self._root = root
        self._peak = 0
        self._read: dict[int, tuple[int, int]] = {}

    def sample(self) -> None:
        """Look at every process once."""
        memory = 0
        for pid in descendants(self._root):
            memory += _resident(pid)
            if (moved := _moved(pid)) is not None:
                self._read[pid] = moved
        self._peak = max(self._peak, memory)

    def total(self, ended: resource.struct_rusage) -> dict[str, float | int | None]:
        """Everything there is to know after the end. ``ended`` covers the process and the descendants it waited for.

        ``peak_memory`` is the largest sum of resident memory that was seen at one moment, shared pages
        counted once for each process, or the peak of the largest process if that is more.
        ``read_bytes`` and ``written_bytes`` are those of system calls of the processes that were seen,
        else what the kernel fetched from and wrote to disks.
        """
        single = ended.ru_maxrss * (1024 if os.uname().sysname == "Linux" else 1)
        read = sum(moved[0] for moved in self._read.values())
        written = sum(moved[1] for moved in self._read.values())
        return {
            "cpu_seconds": round(ended.ru_utime + ended.ru_stime, 6),
            "peak_memory": max(self._peak, single),
            "gpu_seconds": None,
            "read_bytes": max(read, ended.ru_inblock * _TICK),
            "written_bytes": max(written, ended.ru_oublock * _TICK),
        }


def descendants(root: int) -> Iterator[int]:
    """``root`` and every process below it that has not been orphaned."""
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        try:
            threads = os.listdir(f"/proc/{pid}/task")
        except OSError:
            continue
        for thread in threads:
            waiting += map(int, _content(f"/proc/{pid}/task/{thread}/children").split())


def _resident(pid: int) -> int:
    fields = _content(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE if len(fields) > 1 else 0


def _moved(pid: int) -> tuple[int, int] | None:
    fields = dict(line.split(b": ") for line in _content(f"/proc/{pid}/io").splitlines())
    return (int(fields[b"rchar"]), int(fields[b"wchar"])) if b"rchar" in fields else None


def _content(path: str) -> bytes:
    """A file of ``/proc``; empty if the process is gone or not ours to look at."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(file, 1 << 16)
    except OSError:
        return b""
    finally:
        os.close(file)
