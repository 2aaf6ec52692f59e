"""The series of a run, whether it has ended or not."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO

from runlore.capture.metrics.live import LiveSeries
from runlore.capture.metrics.reader import MalformedSeriesError, SeriesReader, joined
from runlore.capture.metrics.series import Series
from runlore.errors import CorruptError
from runlore.ops.results import Run
from runlore.ops.sharing.promised import check_here
from runlore.store import runs
from runlore.store.store import Store

Wanted = Callable[[str], bool]
"""Whether the series of a name is asked for."""
Journals = dict[str, LiveSeries]
"""By run id the journals that were read before, of which only the rest is read."""


class StoredPoints:
    """The points of one series in pieces, unpacked each time they are looked at; raises `CorruptError`."""

    __slots__ = ("_name", "_reader", "_run")

    def __init__(self, name: str, reader: SeriesReader, run: str) -> None:
        self._name, self._reader, self._run = name, reader, run

    def __iter__(self) -> Iterator[Series]:
        with _readable(self._run):
            yield from self._reader.pieces(self._name)


def read_series(store: Store, run: Run, wanted: Wanted, journals: Journals | None = None) -> Iterator[Series]:
    """The series of a run that are wanted, by name; of one that goes on, what it has logged so far.

    Who looks again and again keeps ``journals`` in between.

    Raises:
        CorruptError: the series are not in the store, or damaged.
    """
    for _, points in series_pieces(store, run, wanted, journals):
        if (whole := joined(points)) is not None:
            yield whole


def series_pieces(
    store: Store, run: Run, wanted: Wanted, journals: Journals | None = None
) -> Iterator[tuple[str, Iterable[Series]]]:
    """The names of the series that are wanted, and the points of each in pieces; as `read_series`."""
    if run.series is not None:
        yield from _sealed(store, run.series, run.id, wanted)
    elif run.finished_at is None:
        known = {} if journals is None else journals
        live = known.setdefault(run.id, LiveSeries(runs.live_journal(store.layout, run.id)))
        for each in live.look():
            if wanted(each.name):
                yield each.name, (each,)


def _sealed(store: Store, oid: str, run: str, wanted: Wanted) -> Iterator[tuple[str, StoredPoints]]:
    check_here(store, run, oid, "what was logged")
    with _readable(run):
        reader = SeriesReader(BytesIO(store.objects.blob(bytes.fromhex(oid))))
        names = [name for name, _ in reader.names() if wanted(name)]
    for name in names:
        yield name, StoredPoints(name, reader, run)


@contextmanager
def _readable(run: str) -> Iterator[None]:
    try:
        yield
    except MalformedSeriesError as error:
        message = f"the series of run {run} cannot be read: {error}"
        raise CorruptError(message, hint="mlrun fsck shows what else is affected") from error
