"""Threads that do things on a remote at the same time, and do not outlive an interruption."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from runlore.store.remote.port import Remote


@contextlib.contextmanager
def crew(remote: Remote, most: int | None = None) -> Iterator[ThreadPoolExecutor]:
    """As many as the remote gains from, at ``most`` so many.

    When somebody interrupts it nobody waits for what is on its way: the process is about to end, and them with it.
    """
    pool = ThreadPoolExecutor(max(1, min(remote.workers, most or remote.workers)), "remote")
    try:
        yield pool
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        remote.close()
        raise
    except BaseException:
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    else:
        pool.shutdown()
