"""The only door to BLAKE3: what each kind of object is named by.

A blob's id is the plain BLAKE3 of its bytes, so ``b3sum FILE`` checks it by hand. Trees and records
are hashed in key-derivation mode with a context of their own, so that no blob can pass for one.
"""

import functools
import signal
from typing import NewType

from blake3 import blake3

ObjectId = NewType("ObjectId", str)
"""64 lower-case hex digits."""
RunId = NewType("RunId", str)
"""The object id of a run's intent: 64 lower-case hex digits."""

TREE_CONTEXT = "runlore 2026-11-23 tree 1"
RECORD_CONTEXT = "runlore 2026-11-23 record 1"

DIGEST_SIZE = 32
"""Bytes of an id in binary form."""


AUTO_THREADS: int = blake3.AUTO


def blob_hasher(*, threads: int = 1) -> blake3:
    """A hasher for a blob's bytes; ``threads=AUTO_THREADS`` uses every core for large buffers."""
    if threads != 1:
        _start_threads()
    return blake3(max_threads=threads)


@functools.cache
def _start_threads() -> None:
    """Let BLAKE3 start its threads, which live as long as the process, where no signal will be given to them.

    The kernel gives a signal for the process to any thread that does not block it; those that are meant
    for a command we run must reach the thread that passes them on.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        blake3(max_threads=AUTO_THREADS).update(bytes(1 << 20))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def blob_digest(data: bytes | bytearray | memoryview) -> bytes:
    """The 32-byte id of a blob."""
    return blake3(data).digest()


def tree_digest(data: bytes) -> bytes:
    """The 32-byte id of a tree's canonical bytes."""
    return blake3(data, derive_key_context=TREE_CONTEXT).digest()


def record_digest(data: bytes) -> bytes:
    """The 32-byte id of a record's canonical bytes."""
    return blake3(data, derive_key_context=RECORD_CONTEXT).digest()


def record_id(data: bytes) -> ObjectId:
    """The hex id of a record's canonical bytes."""
    return ObjectId(record_digest(data).hex())


def keyed_fingerprint(text: str, key: bytes) -> str:
    """16 hex digits that stand for ``text`` to who has the 32-byte ``key``, and for nothing to anybody else."""
    return blake3(text.encode("utf-8", "surrogateescape"), key=key).digest(8).hex()


def keyed_proof(data: bytes, key: bytes) -> str:
    """64 hex digits that only who has the 32-byte ``key`` can give for these bytes."""
    return blake3(data, key=key).hexdigest()


def is_id(text: str) -> bool:
    """Whether ``text`` is a whole id as we write it."""
    return len(text) == DIGEST_SIZE * 2 and not text.strip("0123456789abcdef")
