"""Objects on their way to a remote: small ones in packs, large ones alone, each checked before it leaves and after."""

import os
import random
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Self

from runlore.errors import RemoteDamagedError
from runlore.store import pack
from runlore.store.pack import BLOB
from runlore.store.remote import manifest, names
from runlore.store.remote.cutting import Cutter, Segment
from runlore.store.remote.known import Known
from runlore.store.remote.manifest import Blob, Manifest
from runlore.store.remote.pace import Pace
from runlore.store.remote.packing import Item, Packing
from runlore.store.remote.port import Remote
from runlore.store.store import Store

_SAMPLE = 1 << 20
"""Bytes of each file, from anywhere in it, that are read back from a remote that does not check what arrives."""
_FAREWELL = 0.5
"""Seconds that files on their way get when somebody interrupts: enough for a folder, and for ssh to end."""
_AT_ONCE = 4
"""Files in memory on their way, however many workers a remote would gain from."""

_ENOUGH, _MOMENT = 2, 0.03
"""Files on their way that keep a disk busy, and the seconds in which it takes one of them."""


class Sender:
    """Sends objects. What has arrived is noted in ``known``, so that whoever was interrupted goes on from there."""

    def __init__(self, store: Store, remote: Remote, known: Known, on_bytes: Callable[[int], None]) -> None:
        """``on_bytes`` is told of bytes as they arrive."""
        self._store = store
        self._remote = remote
        self._known = known
        self._pace = Pace(remote, on_bytes)
        self._on_bytes = on_bytes
        self._pool = ThreadPoolExecutor(max(1, min(remote.workers, _AT_ONCE)), "push")
        self._flying: deque[tuple[Future[None], Callable[[], None], int]] = deque()
        self._cutter = Cutter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Whatever has arrived when something else failed need not be sent again."""
        interrupted = isinstance(error, KeyboardInterrupt)
        if interrupted:
            self._remote.close()
            wait([future for future, _, _ in self._flying], _FAREWELL)  # what cannot be stopped ends with the process
        self._pool.shutdown(wait=not interrupted, cancel_futures=True)
        self._cutter.close()
        for future, note, _ in self._flying:
            if future.done() and not future.cancelled() and future.exception() is None:
                note()
        self._flying.clear()

    def send(self, packing: Packing) -> None:
        """Send these objects, which are in the store and of which none is on the remote.

        Raises:
            CorruptError: one is damaged here; it was not sent.
            RemoteError: as `Remote.write`, and where what arrived is not what was sent.
        """
        for batch in packing:
            self._send_pack(batch)
        for digest in packing.alone:
            self._send_large(digest)
        self._land(0)

    def _send_pack(self, batch: Sequence[Item]) -> None:
        digest, data, table = pack.in_memory(batch)
        self._fly(names.pack(digest), data, lambda: self._known.note_pack(table))

    def _send_large(self, digest: bytes) -> None:
        """A blob alone: whole if it is short, else in segments that are blobs themselves."""
        with self._store.objects.open_blob(digest, verify=False) as file:
            size = os.fstat(file.fileno()).st_size
            segments = []
            for segment in self._cutter.segments(file.fileno(), digest):
                self._send_segment(segment)
                segments.append(segment.digest)
                if len(segment.data) < size:
                    self._free_memory()
        if segments != [digest]:
            self._land(0)
            self._known.note_blob(Blob(digest, size, tuple(segments)))

    def _send_segment(self, segment: Segment) -> None:
        """Begin to send a segment, unless it is there."""
        length = len(segment.data)
        if self._known.present([(BLOB, segment.digest)]):
            self._on_bytes(length)
            self._cutter.take_back(segment)
            return

        def note() -> None:
            self._known.note_blob(Blob(segment.digest, length))
            self._cutter.take_back(segment)

        self._fly(names.blob(segment.digest), segment.data, note)

    def _free_memory(self) -> None:
        """Wait a moment for a segment to arrive before memory for another one is taken: a disk is as quick as that."""
        if len(self._flying) >= _ENOUGH and not self._cutter.has_memory:
            wait((self._flying[0][0],), _MOMENT)
            self._land(_AT_ONCE)

    def _fly(self, name: str, data: bytes | memoryview, note: Callable[[], None]) -> None:
        """Begin to send a file; of those that are on their way the oldest is waited for if there are many."""
        self._land(_AT_ONCE - 1)
        future = self._pool.submit(deliver, self._remote, name, data, sample=_SAMPLE)
        self._flying.append((future, note, len(data)))
        self._pace.begin(len(data))

    def _land(self, most: int) -> None:
        """Wait until at most so many files are on their way. Those that have arrived by now are none of them."""
        while len(self._flying) > most or (self._flying and self._flying[0][0].done()):
            future, note, size = self._flying.popleft()
            self._pace.wait(future)
            note()
            self._pace.end(size)


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
    sent = bytes(data[start : start + length])  # a view would be compared byte by byte
    found = remote.stat(name)
    if found is None or found.size != len(data) or remote.read(name, start, length) != sent:
        size = "nothing" if found is None else f"{found.size:,} bytes"
        hint = "nothing was counted as sent; see whether the remote is full or in repair, and push again"
        raise RemoteDamagedError(f'"{name}" did not arrive whole: {len(data):,} bytes sent, {size} there', hint=hint)
