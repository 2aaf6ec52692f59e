"""A large blob on its way out: read once, cut into segments, and hashed twice: each segment alone, and the whole."""

import contextlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from mmap import MADV_HUGEPAGE, MAP_ANONYMOUS, MAP_PRIVATE, mmap
from typing import NamedTuple

from runlore.errors import CorruptError
from runlore.records.hashing import blob_hasher
from runlore.store.remote.manifest import MOST_SEGMENT

SEGMENT = MOST_SEGMENT
"""Bytes of a segment: what is lost when a push is cut, and what a worker has in memory."""
_PIECE = 2 << 20
"""Bytes that are read and hashed at a time: while they are in the processor's cache, hashing takes a third less CPU."""


class Segment(NamedTuple):
    """Some of a blob, which is a blob itself. Its bytes begin with a page of memory, as a disk wants to have them."""

    digest: bytes
    data: memoryview
    memory: mmap


class Cutter:
    """Cuts blobs. It owns the memory of the segments, and a thread that hashes the whole while the next is read."""

    def __init__(self) -> None:
        """Memory is taken when it is needed, and kept."""
        self._beside = ThreadPoolExecutor(1, "hash")
        self._spare: list[mmap] = []

    def segments(self, file: int, digest: bytes) -> Iterator[Segment]:
        """The segments of the blob in a file, in order; the blob itself if it is as short as one.

        Raises:
            CorruptError: the file has other bytes; of a longer blob that is known after the last of its segments.
        """
        os.lseek(file, 0, os.SEEK_SET)
        if os.fstat(file).st_size <= SEGMENT:
            only = self._next(file, None)
            if only.digest != digest:
                raise _damaged(digest)
            yield only
            return
        whole = blob_hasher()
        while (segment := self._next(file, whole.update)).data:
            yield segment
        self.take_back(segment)
        if whole.digest() != digest:
            raise _damaged(digest)

    def take_back(self, segment: Segment) -> None:
        """Use its memory again: it has been sent."""
        self._spare.append(segment.memory)

    @property
    def has_memory(self) -> bool:
        """Whether the next segment goes where another one was."""
        return bool(self._spare)

    def close(self) -> None:
        """Let the thread end."""
        self._beside.shutdown()

    def _next(self, file: int, tell: Callable[[memoryview], object] | None) -> Segment:
        """What comes next in the file, shorter than a segment only at its end. Another thread is told of it."""
        memory = self._spare.pop() if self._spare else _memory()
        own, left, beside = blob_hasher(), memoryview(memory), []
        while left and (count := os.readv(file, (left[:_PIECE],))):
            if tell is not None:
                beside.append(self._beside.submit(tell, left[:count]))
            own.update(left[:count])
            left = left[count:]
        for each in beside:
            each.result()
        return Segment(own.digest(), memoryview(memory)[: SEGMENT - len(left)], memory)


def _memory() -> mmap:
    """Room for a segment, in huge pages where there are any: a disk then takes it in a quarter of the requests."""
    found = mmap(-1, SEGMENT, flags=MAP_PRIVATE | MAP_ANONYMOUS)
    with contextlib.suppress(OSError):  # a kernel without them
        found.madvise(MADV_HUGEPAGE)
    return found


def _damaged(digest: bytes) -> CorruptError:
    return CorruptError(f"blob {digest.hex()} is damaged", hint="mlrun fsck shows what else is affected")
