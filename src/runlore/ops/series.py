"""The series of a run, whether it has ended or not."""

from collections.abc import Callable, Iterator
from io import BytesIO

from runlore.capture.metrics.live import live_series
from runlore.capture.metrics.reader import MalformedSeriesError, SeriesReader
from runlore.capture.metrics.series import Series
from runlore.errors import CorruptError
from runlore.ops.results import Run
from runlore.store import runs
from runlore.store.store import Store

Wanted = Callable[[str], bool]
"""Whether the series of a name is asked for."""


def read_series(store: Store, run: Run, wanted: Wanted) -> Iterator[Series]:
    """The series of a run that are wanted, by name; of one that goes on, what it has logged so far.

    Raises:
        CorruptError: the series are not in the store, or damaged.
    """
    if run.series is not None:
        yield from _sealed(store, run.series, run.id, wanted)
    elif run.finished_at is None:
        yield from (each for each in live_series(runs.live_journal(store.layout, run.id)) if wanted(each.name))


def _sealed(store: Store, oid: str, run: str, wanted: Wanted) -> Iterator[Series]:
    try:
        reader = SeriesReader(BytesIO(store.objects.blob(bytes.fromhex(oid))))
        names = [name for name, _ in reader.names()]
        chosen = [name for name in names if wanted(name)]
        if len(chosen) == len(names):
            yield from reader
            return
        for name in chosen:
            if (found := reader.read(name)) is not None:
                yield found
    except MalformedSeriesError as error:
        message = f"the series of run {run} cannot be read: {error}"
        raise CorruptError(message, hint="mlrun fsck shows what else is affected") from error
