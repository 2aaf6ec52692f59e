"""What a tree of processes uses: processor time, memory, bytes read and written."""

import os
import resource
from collections.abc import Iterator
from typing import NamedTuple

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_BLOCK = 512
"""Bytes of a block in ``getrusage``."""


class _Spent(NamedTuple):
    """Of one process and the descendants it has waited for; memory of the process alone, now."""

    cpu: float
    memory: int
    read: int
    written: int


class TreeUsage:
    """Samples a process and its descendants. Where there is no ``/proc`` only the totals at the end are known."""

    def __init__(self, root: int) -> None:
        """``root`` is the process at the top, just started."""
        self._root = root
        self._most = _Spent(0.0, 0, 0, 0)
        # A new process begins as a copy of ours, and the kernel counts that as memory it once had.
        self._ours = _peak_of_ours()

    def sample(self) -> None:
        """Look at every process once; also when the one at the top has ended and has not been waited for."""
        seen = [_spent(pid) for pid in descendants(self._root)]
        self._most = _Spent(
            cpu=max(self._most.cpu, sum(each.cpu for each in seen)),
            memory=max(self._most.memory, sum(each.memory for each in seen)),
            read=max(self._most.read, sum(each.read for each in seen)),
            written=max(self._most.written, sum(each.written for each in seen)),
        )

    def total(self, ended: resource.struct_rusage) -> dict[str, float | int | None]:
        """Everything there is to know after the end. ``ended`` covers the process and the descendants it waited for.

        ``peak_memory`` is the largest sum of resident memory that was seen at one moment, shared pages
        counted once for each process, or the peak of the largest process if that is more.
        ``read_bytes`` and ``written_bytes`` are those of system calls, else what the kernel fetched from and
        wrote to disks. What a process used that nobody waited for counts up to when it was last seen, and so do
        the bytes of all, unless we are root.
        """
        single = ended.ru_maxrss * (1024 if os.uname().sysname == "Linux" else 1)
        if self._most.memory and single <= self._ours:
            single = 0
        return {
            "cpu_seconds": round(max(self._most.cpu, ended.ru_utime + ended.ru_stime), 6),
            "peak_memory": max(self._most.memory, single),
            "gpu_seconds": None,
            "read_bytes": max(self._most.read, ended.ru_inblock * _BLOCK),
            "written_bytes": max(self._most.written, ended.ru_oublock * _BLOCK),
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


def _peak_of_ours() -> int:
    """Bytes; less than ``getrusage`` says, which counts what we began as a copy of."""
    fields = dict(line.split(b":", 1) for line in _content("/proc/self/status").splitlines())
    return int(fields.get(b"VmHWM", b"0").split()[0]) * 1024


def _spent(pid: int) -> _Spent:
    times = _content(f"/proc/{pid}/stat").rpartition(b")")[2].split()[11:15]
    memory = _content(f"/proc/{pid}/statm").split()
    moved = dict(line.split(b": ") for line in _content(f"/proc/{pid}/io").splitlines())
    return _Spent(
        cpu=sum(map(int, times)) / _TICKS,
        memory=int(memory[1]) * _PAGE if memory else 0,
        read=int(moved.get(b"rchar", 0)),
        written=int(moved.get(b"wchar", 0)),
    )


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
