"""Objects on their way to a remote: small ones in packs, large ones alone, each checked before it leaves and after."""

import os
import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from runlore.errors import CorruptError, RemoteDamagedError
from runlore.records.hashing import blob_digest, blob_hasher
from runlore.store import pack
from runlore.store.pack import BLOB
from runlore.store.remote import manifest, names
from runlore.store.remote.known import Known
from runlore.store.remote.manifest import MOST_ROWS, MOST_SEGMENT, Blob, Manifest
from runlore.store.remote.port import Remote
from runlore.store.store import Store

PACK = 16 << 20
"""Bytes of objects after which a pack is sent: what is lost when a push is cut, and what a worker has in memory."""
SEGMENT = MOST_SEGMENT
"""Bytes of a segment of a large blob, for the same reasons."""
_PIECE = 1 << 20
"""Bytes that are read and hashed at a time."""
_SAMPLE = 1 << 20
"""Bytes of each file, from anywhere in it, that are read back from a remote that does not check what arrives."""
_AT_ONCE = 4
"""Files in memory on their way, however many workers a remote would gain from."""


class Sender:
    """Sends objects. What has arrived is noted in ``known``, so that whoever was interrupted goes on from there."""

    def __init__(self, store: Store, remote: Remote, known: Known, on_bytes: Callable[[int], None]) -> None:
        """``on_bytes`` is told of bytes as they arrive."""
        self._store = store
        self._remote = remote
        self._known = known
        self._on_bytes = on_bytes
        self._pool = ThreadPoolExecutor(max(1, min(remote.workers, _AT_ONCE)), "push")
        self._flying: deque[tuple[Future[None], Callable[[], None], int]] = deque()
        self._spare: list[bytearray] = []
        self.files = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Whatever has arrived when something else failed need not be sent again."""
        if isinstance(error, KeyboardInterrupt):
            self._remote.close()  # nobody waits for what is on its way
        self._pool.shutdown(wait=True, cancel_futures=True)
        for future, note, _ in self._flying:
            if future.done() and not future.cancelled() and future.exception() is None:
                note()
        self._flying.clear()

    def send(self, wanted: Sequence[tuple[bytes, bytes]]) -> None:
        """Send these objects, each its kind and id, which are in the store and of which none is on the remote.

        Raises:
            CorruptError: one is damaged here; it was not sent.
            RemoteError: as `Remote.write`, and where what arrived is not what was sent.
        """
        for digest in self._send_small(wanted):
            self._send_large(digest)
        self._land(0)

    def _send_small(self, wanted: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Send what lies in packs; the blobs that are left, which lie alone."""
        alone: list[bytes] = []
        batch: list[tuple[bytes, bytes, bytes]] = []
        size = 0
        for kind, digest, data in self._store.objects.packed(wanted):
            if data is None:
                alone.append(digest)
                continue
            if batch and (size + len(data) > PACK or len(batch) == MOST_ROWS):
                self._send_pack(batch)
                batch, size = [], 0
            batch.append((kind, digest, data))
            size += len(data)
        if batch:
            self._send_pack(batch)
        return alone

    def _send_pack(self, batch: Sequence[tuple[bytes, bytes, bytes]]) -> None:
        digest, data, table = pack.in_memory(batch)
        self._fly(names.pack(digest), data, lambda: self._known.note_pack(table))

    def _send_large(self, digest: bytes) -> None:
        """A blob alone: whole if it is short, else in segments that are blobs themselves."""
        with self._store.objects.open_blob(digest, verify=False) as file:
            size = os.fstat(file.fileno()).st_size
            if size <= SEGMENT:
                data = file.read()
                if blob_digest(data) != digest:
                    raise _damaged(digest)
                self._fly(names.blob(digest), data, lambda: self._known.note_blob(Blob(digest, size)))
                return
            hasher = blob_hasher()
            segments = []
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            while True:
                buffer = self._spare.pop() if self._spare else bytearray(SEGMENT)
                own = blob_hasher()
                if not (length := _fill(file.fileno(), buffer, (hasher.update, own.update))):
                    break
                segments.append(self._send_segment(own.digest(), memoryview(buffer)[:length], buffer))
        if hasher.digest() != digest:
            raise _damaged(digest)
        self._land(0)
        self._known.note_blob(Blob(digest, size, tuple(segments)))

    def _send_segment(self, segment: bytes, piece: memoryview, buffer: bytearray) -> bytes:
        """The id of a segment, which is on its way. The buffer that holds it is used again once it has arrived."""
        length = len(piece)
        if self._known.present([(BLOB, segment)]):
            self._on_bytes(length)
            self._spare.append(buffer)
            return segment

        def note() -> None:
            self._known.note_blob(Blob(segment, length))
            self._spare.append(buffer)

        self._fly(names.blob(segment), piece, note)
        return segment

    def _fly(self, name: str, data: bytes | memoryview, note: Callable[[], None]) -> None:
        """Begin to send a file; of those that are on their way the oldest is waited for if there are many."""
        self._land(_AT_ONCE - 1)
        future = self._pool.submit(deliver, self._remote, name, data, sample=_SAMPLE)
        self._flying.append((future, note, len(data)))

    def _land(self, most: int) -> None:
        """Wait until at most so many files are on their way."""
        while len(self._flying) > most:
            future, note, size = self._flying.popleft()
            future.result()
            note()
            self.files += 1
            self._on_bytes(size)


def _fill(file: int, buffer: bytearray, tell: Iterable[Callable[[memoryview], object]]) -> int:
    """Read on into the buffer; how many bytes, fewer than it holds only at the end of the file.

    Each piece is told while it is in the processor's cache: hashed later it takes a third more CPU for all of a push.
    """
    left = memoryview(buffer)
    while left and (count := os.readv(file, (left[:_PIECE],))):
        for hear in tell:
            hear(left[:count])
        left = left[count:]
    return len(buffer) - len(left)


def publish(remote: Remote, found: Manifest, records: bytes | None) -> list[str]:
    """Write an index file and, if there are ``records``, the records file that it names; what both are called.

    The index file goes first: once the records are there, whoever sees them finds what they name. Raises as `deliver`.
    """
    index, data = manifest.encode(found)
    files = {names.index(index): data}
    if found.records is not None and records is not None:
        files[names.records(found.records)] = records
    for name, content in files.items():
        deliver(remote, name, content)
    return list(files)


def deliver(remote: Remote, name: str, data: bytes | memoryview, *, sample: int | None = None) -> None:
    """Write a file and see that it has arrived; of one that is read back for that only ``sample`` bytes, if given.

    Raises:
        RemoteError: as `Remote.write`.
        RemoteDamagedError: what arrived is not what was sent.
    """
    remote.write(name, data)
    if not remote.proves:
        _check_arrived(remote, name, data, sample)


def _check_arrived(remote: Remote, name: str, data: bytes | memoryview, sample: int | None) -> None:
    length = len(data) if sample is None else min(sample, len(data))
    start = random.randrange(len(data) - length + 1)  # noqa: S311 - not for a secret
    found = remote.stat(name)
    if found is None or found.size != len(data) or remote.read(name, start, length) != data[start : start + length]:
        size = "nothing" if found is None else f"{found.size:,} bytes"
        hint = "nothing was counted as sent; see whether the remote is full or in repair, and push again"
        raise RemoteDamagedError(f'"{name}" did not arrive whole: {len(data):,} bytes sent, {size} there', hint=hint)


def _damaged(digest: bytes) -> CorruptError:
    return CorruptError(f"blob {digest.hex()} is damaged", hint="mlrun fsck shows what else is affected")
