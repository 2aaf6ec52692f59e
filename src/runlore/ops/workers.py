"""Work shared out among forked processes, for what would keep one processor busy for long."""

import gc
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO, TypeVar

T = TypeVar("T")
_AHEAD = 16
"""Portions that a process may be ahead of who takes them."""


def shared_out(work: Callable[[Sequence[str]], list[T]], names: Sequence[str], *, portion: int) -> Iterator[T]:
    """What ``work`` gives for each of the names, in their order; portions of them are done side by side.

    ``work`` may do the first of the names that it is given alone, if all of them are too much for it.
    Alone where that is not safe or not worth it. What a process that died had not done is done here.
    """
    portions = [names[at : at + portion] for at in range(0, len(names), portion)]
    processes = min(len(portions), len(os.sched_getaffinity(0))) if _is_alone() else 1
    if processes == 1:
        yield from itertools.chain.from_iterable(_done(work, portions))
        return
    workers = [_start(work, portions[at::processes]) for at in range(processes)]
    try:
        for at, some in enumerate(portions):
            left = some
            while left:
                done = _received(workers[at % processes][1]) or work(left)
                yield from done
                left = left[len(done) :]
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
    ours, theirs = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            gc.disable()  # what is made here has no cycles, and looking for some takes a tenth of the time
            os.close(ours)
            _send(_done(work, portions), theirs)
        finally:
            os._exit(0)  # nothing of the parent's is ended or said twice
    os.close(theirs)
    return process, open(ours, "rb")


def _done(work: Callable[[Sequence[str]], list[T]], portions: Sequence[Sequence[str]]) -> Iterator[list[T]]:
    """What comes of portions, in as many parts as ``work`` takes for them."""
    for some in portions:
        left = some
        while left:
            yield (done := work(left))
            left = left[len(done) :]


def _send(done: Iterable[list[T]], pipe: int) -> None:
    """Write what is done to the pipe; in a thread, so that the next is begun while the parent is busy with another."""
    import pickle  # noqa: PLC0415 - only where there is much to do
    import queue  # noqa: PLC0415
    import threading  # noqa: PLC0415

    ready: queue.Queue[bytes] = queue.Queue(_AHEAD)

    def write() -> None:
        try:
            with open(pipe, "wb") as file:
                for data in iter(ready.get, b""):
                    file.write(data)
                    file.flush()
        except OSError:
            os._exit(1)  # nobody reads it any more

    writer = threading.Thread(target=write)
    writer.start()
    for each in done:
        ready.put(pickle.dumps(each, pickle.HIGHEST_PROTOCOL))
    ready.put(b"")
    writer.join()


def _received(pipe: BinaryIO) -> Any:  # noqa: ANN401 - what the work gives
    """The next portion, ``None`` if the process has died."""
    import pickle  # noqa: PLC0415 - only where there is much to do

    try:
        return pickle.load(pipe)  # noqa: S301 - it comes from a fork of this very process
    except (EOFError, OSError, pickle.UnpicklingError):
        return None
