"""The sources of a run's metrics, read and folded into one blob and its summary."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from runlore.capture.metrics.entries import put_under_folders, read_entries
from runlore.capture.metrics.events import read_events
from runlore.capture.metrics.files import read_files
from runlore.capture.metrics.merge import merged
from runlore.capture.metrics.output import compile_patterns, from_log
from runlore.capture.metrics.points import Points, Room
from runlore.capture.metrics.series import Series, encode_series
from runlore.capture.metrics.summary import summarise
from runlore.records.canonical import Json
from runlore.records.run import Warn

MAX_SUMMARY = 10_000
"""Names in a record. Series may have more."""
_MOST_WARNINGS = 20


class Places(NamedTuple):
    """Where a run left metrics; ``log`` is ``None`` where nobody asked for patterns."""

    journal: str
    event_files: Sequence[str]
    metric_files: Sequence[str]
    log: str | None


class Gathered(NamedTuple):
    """What is in them: summaries by name, and the blob of the series, ``None`` without any."""

    summary: dict[str, dict[str, Json]]
    series: bytes | None
    warnings: list[Warn]


def gather(places: Places, *, top: str, patterns: Sequence[str]) -> Gathered:
    """Read all of it. Who comes first wins, others add steps; values without a step add only new names."""
    room = Room()
    entries = read_entries(places.journal, room)
    put_under_folders(entries, places.event_files, top=top)
    events = Points(room)
    warnings = read_events(places.event_files, events)
    files = read_files(places.metric_files, room)
    warnings += files.warnings
    log = Points(room)
    if places.log is not None:
        warnings += _read_log(places.log, patterns, log)
    sources = [points for points in (*entries.values(), events, *files.series, log) if points.names]
    files.values.drop([name for name in files.values.names if any(name in points.names for points in sources)])
    sources += [files.values] if files.values.names else []
    tally = _Tally(chain.from_iterable(points.names for points in sources))
    data = encode_series(tally.of(merged(sources))) if sources else None
    return Gathered(tally.summary, data, [*warnings[:_MOST_WARNINGS], *_too_many(tally.names, room)])


class _Tally:
    """The summaries of the first `MAX_SUMMARY` names, made while the series pass by."""

    def __init__(self, names: Iterable[str]) -> None:
        self.summary: dict[str, dict[str, Json]] = {}
        self.names = 0
        self._kept: set[str] = set()
        for name in names:
            self._kept.add(name)
            if len(self._kept) == MAX_SUMMARY:
                break

    def of(self, series: Iterable[Series]) -> Iterator[Series]:
        """The same series."""
        for each in series:
            self.names += 1
            if each.name in self._kept:
                self.summary[each.name] = summarise(each)
            yield each


def _read_log(log_path: str, patterns: Sequence[str], points: Points) -> list[Warn]:
    try:
        from_log(log_path, compile_patterns(patterns), points)
    except FileNotFoundError:
        return []  # nothing was printed
    except OSError as error:
        return [Warn("metrics-unreadable", f"the output is not searched for metrics: {error.strerror}")]
    except ValueError as error:
        return [Warn("metrics-unreadable", f"the output is not searched for metrics: {error}")]
    return []


def _too_many(names: int, room: Room) -> Iterator[Warn]:
    if names > MAX_SUMMARY:
        message = f"the run has {names:,} metrics: {MAX_SUMMARY:,} are in its record, the series have all"
        yield Warn("metrics-too-many", message)
    if room.lost_points:
        message = f"{room.lost_points:,} points are not kept: of each metric the first ones are, and the last"
        yield Warn("metrics-too-many", message)
    if room.lost_names:
        message = (
            f"{room.lost_names:,} points are not kept: their metric is one too many, or its name too long or empty"
        )
        yield Warn("metrics-too-many", message)
