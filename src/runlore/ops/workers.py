"""Work shared out among forked processes, for what would keep one processor busy for long."""

import contextlib
import fcntl
import gc
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, TypeVar

T = TypeVar("T")
_PIPE = 1 << 20
"""Bytes; Linux allows as many to everybody."""


def shared_out(work: Callable[[Sequence[str]], list[T]], names: Sequence[str], *, portion: int) -> Iterator[T]:
    """What ``work`` gives for each of the names, in their order; portions of them are done side by side.

    Alone where that is not safe or not worth it. What a process that died had not done is done here.
    """
    portions = [names[at : at + portion] for at in range(0, len(names), portion)]
    processes = min(len(portions), len(os.sched_getaffinity(0))) if _is_alone() else 1
    if processes == 1:
        for some in portions:
            yield from work(some)
        return
    workers = [_start(work, portions[at::processes]) for at in range(processes)]
    try:
        for at, some in enumerate(portions):
            yield from _received(workers[at % processes][1]) or work(some)
    finally:
        for process, pipe in workers:
            pipe.close()
            os.waitpid(process, 0)


def _is_alone() -> bool:
    """Whether this process has one thread: what another holds when a process forks is held in the child for ever."""
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


def _start(work: Callable[[Sequence[str]], list[T]], portions: Sequence[Sequence[str]]) -> tuple[int, BinaryIO]:
    """A process that does these portions, and the pipe through which they come."""
    import pickle  # noqa: PLC0415 - only where there is much to do

    ours, theirs = os.pipe()
    _widen(theirs)
    process = os.fork()
    if process == 0:
        try:
            gc.disable()  # what is made here has no cycles, and looking for some takes a tenth of the time
            os.close(ours)
            with open(theirs, "wb") as pipe:
                for some in portions:
                    pickle.dump(work(some), pipe, pickle.HIGHEST_PROTOCOL)
                    pipe.flush()
        finally:
            os._exit(0)  # nothing of the parent's is ended or said twice
    os.close(theirs)
    return process, open(ours, "rb")


def _widen(pipe: int) -> None:
    """Let the pipe hold a few portions, so that who fills it need not wait while we are busy with what came before."""
    with contextlib.suppress(OSError, AttributeError):  # more than the system allows, or no Linux
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE)


def _received(pipe: BinaryIO) -> Any:  # noqa: ANN401 - what the work gives
    """The next portion, ``None`` if the process has died."""
    import pickle  # noqa: PLC0415 - only where there is much to do

    try:
        return pickle.load(pipe)  # noqa: S301 - it comes from a fork of this very process
    except (EOFError, OSError, pickle.UnpicklingError):
        return None
