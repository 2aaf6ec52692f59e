"""Where two runs first part: the first point of a metric, and the first line of output."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from operator import itemgetter
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from runlore.capture.metrics.reader import SeriesReader
from runlore.capture.metrics.series import Series, name_bytes
from runlore.insight.compare.look import relative
from runlore.insight.volatile import is_timing, without_escapes, without_times

_LINE = 64 << 10
"""A longer line is compared piece by piece."""
_SHOWN, _BEFORE = 200, 60
_NO_TOLERANCES: Mapping[str, float] = MappingProxyType({})


class MetricPoint(NamedTuple):
    """A point at which a metric differs; the value is ``None`` on the side that has no such point."""

    metric: str
    step: int
    a: float | None
    b: float | None


class LinePoint(NamedTuple):
    """A line at which two outputs differ, counted from 1; ``None`` on the side that has ended.

    The text is what is shown of a line, without colours, and not all of a long one. ``only_times`` counts the
    lines before it that differ in no more than times and the like.
    """

    number: int
    a: str | None
    b: str | None
    only_times: int


class Outputs(NamedTuple):
    """Two outputs side by side: where they part, and how many lines until then differ in nothing but times."""

    first: LinePoint | None
    only_times: int


def first_metric(
    a: BinaryIO | None, b: BinaryIO | None, *, tolerances: Mapping[str, float] = _NO_TOLERANCES
) -> MetricPoint | None:
    """The first point at which a metric differs or is missing in one of two series blobs, ``None`` if there is none.

    First is the one with the lowest step; of several, the one that was logged first. Metrics that are times
    (`is_timing`) are passed over. ``tolerances`` are relative, by metric.

    Raises:
        MalformedSeriesError: one is no series blob.
    """
    found: tuple[int, int, bytes, MetricPoint] | None = None
    for name, x, y in _side_by_side(a, b):
        if is_timing(name):
            continue
        parted = _parted(name, x, y, tolerances.get(name, 0.0))
        if parted is not None:
            at, point = parted
            found = min(found or (point.step, at, name_bytes(name), point), (point.step, at, name_bytes(name), point))
    return found[-1] if found else None


def parted_metrics(
    a: BinaryIO, b: BinaryIO, *, tolerances: Mapping[str, float] = _NO_TOLERANCES, default: float = 0.0
) -> frozenset[str]:
    """The metrics of which any point differs by more than its tolerance, or is missing in one of two series blobs.

    Raises:
        MalformedSeriesError: one is no series blob.
    """
    pairs = _side_by_side(a, b)
    return frozenset(name for name, x, y in pairs if _parted(name, x, y, tolerances.get(name, default)) is not None)


def _side_by_side(a: BinaryIO | None, b: BinaryIO | None) -> Iterator[tuple[str, Series | None, Series | None]]:
    """The series of two blobs by name; both blobs are sorted by it."""
    waiting: tuple[bytes, int, Series] | None = None
    for entry in heapq.merge(_tagged(a, 0), _tagged(b, 1), key=itemgetter(0, 1)):
        if waiting is not None and waiting[0] == entry[0]:
            yield entry[2].name, waiting[2], entry[2]
            waiting = None
            continue
        if waiting is not None:
            yield _alone(*waiting[1:])
        waiting = entry
    if waiting is not None:
        yield _alone(*waiting[1:])


def _tagged(file: BinaryIO | None, side: int) -> Iterator[tuple[bytes, int, Series]]:
    for each in () if file is None else SeriesReader(file):
        yield name_bytes(each.name), side, each


def _alone(side: int, series: Series) -> tuple[str, Series | None, Series | None]:
    return (series.name, None, series) if side else (series.name, series, None)


def _parted(name: str, a: Series | None, b: Series | None, tolerance: float) -> tuple[int, MetricPoint] | None:
    """When and where two series of one name part, in the order in which their points were logged."""
    if a is not None and b is not None and a.steps == b.steps and a.values == b.values:
        return None
    for p, q in zip_longest(_points(a), _points(b)):
        if p is None or q is None or p[0] != q[0]:
            # The earlier of the two is missing on the other side.
            if q is None or (p is not None and p[0] < q[0]):
                return p[1], MetricPoint(name, p[0], p[2], None)
            return q[1], MetricPoint(name, q[0], None, q[2])
        if not _is_close(p[2], q[2], tolerance):
            return p[1], MetricPoint(name, p[0], p[2], q[2])
    return None


def _points(series: Series | None) -> "Iterable[tuple[int, int, float]]":
    return () if series is None else zip(series.steps, series.ats, series.values, strict=True)


def _is_close(x: float, y: float, tolerance: float) -> bool:
    return x == y or (x != x and y != y) or relative(x, y) <= tolerance  # noqa: PLR0124 - NaN


def first_line(
    a: Iterable[bytes], b: Iterable[bytes], *, folders: tuple[bytes, bytes] = (b"", b"")
) -> LinePoint | None:
    """The first line at which two outputs differ, ``None`` if there is none: see `compare_outputs`."""
    return compare_outputs(a, b, folders=folders).first


def compare_outputs(a: Iterable[bytes], b: Iterable[bytes], *, folders: tuple[bytes, bytes] = (b"", b"")) -> Outputs:
    """Two outputs, each in pieces of any length, until they part.

    Lines count as a terminal shows them in the end: what a carriage return has overwritten, colours and other
    escapes do not. Nor does what looks like a time, a date, a duration, a rate, a process id, an address in
    memory or a temporary file; nor the ``folders`` in which the two ran, which stand for each other.
    """
    number = only_times = 0
    for x, y in zip_longest(_lines(a), _lines(b)):
        number += 1
        if x == y:
            continue
        p, q = (None if line is None else without_escapes(line) for line in (x, y))
        if p == q:
            continue
        if p is None or q is None or without_times(p, folders[0]) != without_times(q, folders[1]):
            return Outputs(LinePoint(number, *_texts(p, q), only_times), only_times)
        only_times += 1
    return Outputs(None, only_times)


def same_lines(a: Iterable[bytes], b: Iterable[bytes], *, folders: tuple[bytes, bytes] = (b"", b"")) -> bool:
    """Whether two outputs have the same lines, as `compare_outputs` has it, in whatever order.

    Where a command writes to two streams, or in several processes, the order is another in every run.
    """
    counts: Counter[bytes] = Counter(without_times(without_escapes(line), folders[0]) for line in _lines(a))
    counts.subtract(without_times(without_escapes(line), folders[1]) for line in _lines(b))
    return not any(counts.values())


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The lines in the pieces, without their ends; a line that is not ended counts if there is something in it."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            parts, last = _bounded(line)
            yield from parts
            yield _last_state(last)
        parts, rest = _bounded(rest)
        yield from parts
    if rest:
        yield _last_state(rest)


def _bounded(line: bytes) -> tuple[list[bytes], bytes]:
    """A long line in pieces, and what is left of it; no piece holds what was overwritten before it was full."""
    pieces: list[bytes] = []
    while len(line) > _LINE:
        overwritten = line.rfind(b"\r", 0, _LINE) + 1
        if not overwritten:
            pieces.append(line[:_LINE])
        line = line[overwritten or _LINE :]
    return pieces, line


def _last_state(line: bytes) -> bytes:
    """What a line shows after its last carriage return."""
    shown = line.rstrip(b"\r")
    return shown[shown.rfind(b"\r") + 1 :]


def _texts(a: bytes | None, b: bytes | None) -> tuple[str | None, str | None]:
    """Both lines as text, cut to where they differ."""
    x, y = (None if line is None else line.decode("utf-8", "replace") for line in (a, b))
    same = 0
    if x is not None and y is not None:
        same = next((at for at, (p, q) in enumerate(zip(x, y, strict=False)) if p != q), min(len(x), len(y)))
    start = max(0, same - _BEFORE) if max(len(x or ""), len(y or "")) > _SHOWN else 0
    return _cut(x, start), _cut(y, start)


def _cut(text: str | None, start: int) -> str | None:
    if text is None:
        return None
    end = "…" if len(text) > start + _SHOWN else ""
    return ("…" if start else "") + text[start : start + _SHOWN] + end
