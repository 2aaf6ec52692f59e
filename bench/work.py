"""What `bench/data.py` measures, each as a process of its own: ``python bench/work.py NAME ARGUMENT...``.

Nothing is imported before it is needed, so that none pays for another.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runlore.store.settings import Limits


def walk(folder: str) -> None:
    """Look at every file: the least that finding a change can cost."""
    waiting = [os.fsencode(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    entry.stat(follow_symlinks=False)


def read(folder: str, buffering: str) -> None:
    """Read and hash every file, and keep nothing of it; ``buffering`` is that of `open`."""
    from blake3 import blake3  # noqa: PLC0415 - only here

    waiting = [os.fsencode(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    with open(entry.path, "rb", int(buffering)) as file:
                        blake3(file.read()).digest()


def hash_ours(file: str, root: str) -> None:
    """Hash a file as ``--data`` does where nothing is to be kept; prints the seconds it took."""
    from runlore.store.settings import DEFAULTS  # noqa: PLC0415 - only here

    print(json.dumps(_take(file, root, DEFAULTS._replace(data_store="none"))))


def hash_plain(path: str, size: str) -> None:
    """Hash a file read in pieces of ``size`` bytes, with every core; prints the seconds it took."""
    from blake3 import blake3  # noqa: PLC0415 - only here

    started = time.perf_counter()
    hasher = blake3(max_threads=blake3.AUTO)
    with open(path, "rb", buffering=int(size)) as file:
        while piece := file.read(int(size)):
            hasher.update(piece)
    hasher.digest()
    print(json.dumps(time.perf_counter() - started))


def _take(path: str, root: str, limits: "Limits") -> float:
    from runlore.capture.data import DataCapture  # noqa: PLC0415 - only here
    from runlore.store.durable import clock  # noqa: PLC0415 - the same
    from runlore.store.store import Store  # noqa: PLC0415 - the same

    with Store.create(root) as store:
        started = time.perf_counter()
        with store.writer() as writer:
            capture = DataCapture(store, writer, limits, settled=clock(store.layout.tmp))
            capture.take(path, cwd=os.path.dirname(path), top=os.path.dirname(root))
        store.stats.flush()
        took = time.perf_counter() - started
    assert not capture.warnings, capture.warnings
    return took


WORK: dict[str, Callable[..., None]] = {
    "walk": walk,
    "read": read,
    "hash-ours": hash_ours,
    "hash-plain": hash_plain,
}

if __name__ == "__main__":
    WORK[sys.argv[1]](*sys.argv[2:])
