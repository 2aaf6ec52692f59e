"""The small objects of a push, so many together as go into a pack."""

from collections.abc import Iterator, Sequence

from runlore.records.portions import portions
from runlore.store.objects import Objects
from runlore.store.remote.manifest import MOST_ROWS

PACK = 16 << 20
"""Bytes of objects after which a pack is sent: what is lost when a push is cut, and what a worker has in memory."""
Item = tuple[bytes, bytes, bytes]
"""Kind, id and bytes of an object."""


class Packing:
    """Batches of objects that lie in packs here; ``alone`` are blobs that do not, once all batches were given."""

    def __init__(self, objects: Objects, wanted: Sequence[tuple[bytes, bytes]]) -> None:
        """``wanted`` are objects by kind and id."""
        self.alone: list[bytes] = []
        self._batches = portions(self._small(objects, wanted), lambda item: len(item[2]), PACK, count=MOST_ROWS)
        self._first: list[Item] | None = None

    def begin(self) -> None:
        """Have the first batch in memory before it is asked for; raises `CorruptError` as who asks for it is told."""
        self._first = self._first or next(self._batches, None)

    def __iter__(self) -> Iterator[list[Item]]:
        """The batches, each object verified; raises `CorruptError` for one that is damaged."""
        if self._first is not None:
            first, self._first = self._first, None
            yield first
        yield from self._batches

    def _small(self, objects: Objects, wanted: Sequence[tuple[bytes, bytes]]) -> Iterator[Item]:
        for kind, digest, data in objects.packed(wanted):
            if data is None:
                self.alone.append(digest)
            else:
                yield kind, digest, data
