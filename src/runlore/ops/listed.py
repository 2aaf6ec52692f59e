"""The runs of a long list: known by their ids, and read when they are looked at."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import overload

from runlore.ops.indexing import from_row, refresh
from runlore.ops.project import open_store
from runlore.ops.results import Run


class StoredRuns(Sequence[Run]):
    """Runs in an order, a few of them in memory at a time. One that was removed since is passed over.

    To be looped over, again and again if need be; nothing is open between two loops, and nobody who writes to the
    store waits for one.
    """

    __slots__ = ("_folder", "_ids", "_tags")

    def __init__(self, folder: str, ids: Sequence[str], tags: Mapping[str, tuple[str, ...]]) -> None:
        """The runs with these ids; ``tags`` are by run id."""
        self._folder, self._ids, self._tags = folder, ids, tags

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Run]:
        with open_store(self._folder) as store:
            refresh(store)
            for row in store.index.rows_of(self._ids):
                yield from_row(store, row, self._tags)

    @overload
    def __getitem__(self, at: int) -> Run: ...

    @overload
    def __getitem__(self, at: slice) -> "StoredRuns": ...

    def __getitem__(self, at: int | slice) -> "Run | StoredRuns":
        if isinstance(at, slice):
            return self._with(self._ids[at])
        (run,) = self._with([self._ids[at]])
        return run

    def grouped(self, key: Callable[[Run], str]) -> "StoredRuns":
        """The same runs, those with the same key together, in the order in which the keys first appear."""
        groups: dict[str, list[str]] = {}
        for run in self:
            groups.setdefault(key(run), []).append(run.id)
        return self._with([run for group in groups.values() for run in group])

    def _with(self, ids: Sequence[str]) -> "StoredRuns":
        return StoredRuns(self._folder, ids, self._tags)
