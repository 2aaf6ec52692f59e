"""What a tree of processes uses: processor time, memory, bytes read and written."""

import os
import resource
import time
from collections.abc import Iterator
from typing import NamedTuple

from runlore.execute.gpu import Gpus
from runlore.records.run import Warn

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")
_BLOCK = 512
"""Bytes of a block in ``getrusage``."""
_WORTH_NOTING = 1.0
"""Seconds before the end of which nobody asks for the course of a run, nor for its GPUs."""


class _Spent(NamedTuple):
    """Of one process and the descendants it has waited for; memory of the process alone, now."""

    cpu: float
    memory: int
    read: int
    written: int


class Row(NamedTuple):
    """What was seen at one moment, ``at`` milliseconds since 1970, as `capture.metrics.usage` reads it.

    Processor seconds and bytes read and written are of all the time until then, as are the seconds in which
    each GPU was ``busy``; ``memory`` is in bytes and of that moment, as is that of each GPU.
    """

    at: int
    cpu: float
    memory: int
    read: int
    written: int
    busy: tuple[float, ...]
    gpu_memory: tuple[int, ...]


class TreeUsage:
    """Samples a process and its descendants. Where there is no ``/proc`` only the totals at the end are known."""

    def __init__(self, root: int) -> None:
        """``root`` is the process at the top, just started."""
        self._root = root
        self._began = time.monotonic()
        self._most = _Spent(0.0, 0, 0, 0)
        # A new process begins as a copy of ours, and the kernel counts that as memory it once had.
        self._ours = _peak_of_ours()
        self._gpus = Gpus()
        self._pids: list[int] = []
        self._rows: list[Row] = []

    @property
    def warnings(self) -> tuple[Warn, ...]:
        """What could not be found out."""
        return self._gpus.warnings

    def sample(self) -> None:
        """Look at every process once; also when the one at the top has ended and has not been waited for."""
        self._pids = list(descendants(self._root))
        if self._is_worth_noting():
            self._gpus.sample(self._pids)
        seen = [_spent(pid) for pid in self._pids]
        now = _Spent(
            cpu=sum(each.cpu for each in seen),
            memory=sum(each.memory for each in seen),
            read=sum(each.read for each in seen),
            written=sum(each.written for each in seen),
        )
        self._most = _Spent._make(map(max, self._most, now))
        self._note(now.memory)

    def finish(self) -> None:
        """All have ended: what the GPUs did until then is waited for, which takes a moment at most."""
        if self._gpus.finish(self._pids):
            self._note(0)

    def rows(self) -> list[Row]:
        """What was seen since this was asked before; nothing of a run that has only just begun."""
        if not self._is_worth_noting():
            return []
        rows, self._rows = self._rows, []
        return rows

    def close(self) -> None:
        """Let go of everything, whatever has happened."""
        self._gpus.close()

    def total(self, ended: resource.struct_rusage) -> dict[str, float | int | str | None]:
        """Everything there is to know after the end. ``ended`` covers the process and the descendants it waited for.

        ``peak_memory`` is the largest sum of resident memory that was seen at one moment, shared pages
        counted once for each process, or the peak of the largest process if that is more.
        ``read_bytes`` and ``written_bytes`` are those of system calls, else what the kernel fetched from and
        wrote to disks. What a process used that nobody waited for counts up to when it was last seen, and so do
        the bytes of all, unless we are root. ``gpu_scope`` is as `Gpus` says, and there where ``gpu_seconds`` are.
        """
        single = ended.ru_maxrss * (1024 if os.uname().sysname == "Linux" else 1)
        if self._most.memory and single <= self._ours:
            single = 0
        scope = self._gpus.scope
        return {
            "cpu_seconds": round(max(self._most.cpu, ended.ru_utime + ended.ru_stime), 6),
            "peak_memory": max(self._most.memory, single),
            "gpu_seconds": self._gpus.seconds,
            **({"gpu_scope": scope} if scope else {}),
            "read_bytes": max(self._most.read, ended.ru_inblock * _BLOCK),
            "written_bytes": max(self._most.written, ended.ru_oublock * _BLOCK),
        }

    def _is_worth_noting(self) -> bool:
        return time.monotonic() - self._began >= _WORTH_NOTING

    def _note(self, memory: int) -> None:
        at, most = time.time_ns() // 1_000_000, self._most
        gpus = tuple(self._gpus.busy), tuple(self._gpus.memory)
        self._rows.append(Row(at, round(most.cpu, 2), memory, most.read, most.written, *gpus))


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
