"""The metrics of a run that has not ended: what its journal holds so far."""

from collections.abc import Iterator
from copy import copy

from runlore.capture.metrics.entries import Entries, put_under_folders
from runlore.capture.metrics.merge import merged
from runlore.capture.metrics.points import Room
from runlore.capture.metrics.series import Series


class LiveSeries:
    """The series in a journal that is still written to; each look reads what was appended since the one before.

    Files that the run writes are read when it has ended; until then it is not known which ones they are.
    """

    def __init__(self, journal_path: str) -> None:
        self._entries = Entries(journal_path, Room())

    def look(self) -> Iterator[Series]:
        """Every series so far, sorted as in the store; none if the journal cannot be read."""
        self._entries.read_on()
        # Which folders there are may change until the end, so that names are put under them in copies. The columns of
        # these are the same ones.
        sources = {source: copy(points) for source, points in self._entries.sources.items()}
        put_under_folders(sources, (), top="")
        return merged([points for points in sources.values() if points.names])
