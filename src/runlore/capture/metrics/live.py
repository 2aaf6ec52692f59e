"""The metrics of a run that has not ended: what its journal holds so far."""

from collections.abc import Iterator

from runlore.capture.metrics.entries import put_under_folders, read_entries
from runlore.capture.metrics.merge import merged
from runlore.capture.metrics.points import Room
from runlore.capture.metrics.series import Series


def live_series(journal_path: str) -> Iterator[Series]:
    """The series in a journal that is still written to, sorted as in the store; none if it cannot be read.

    Files that the run writes are read when it has ended; until then it is not known which ones they are.
    """
    sources = read_entries(journal_path, Room())
    put_under_folders(sources, (), top="")
    return merged([points for points in sources.values() if points.names])
