"""What a run used over its time, from its journal: a few hundred points, whatever its length."""

import math
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from runlore.capture.metrics.series import MAX_STEP, Series, encode_series, name_bytes
from runlore.records.canonical import Json
from runlore.records.shapes import amount

MAX_POINTS = 600
_MOST_GPUS = 64
_PLAIN = 5
_SECOND = 1000
"""Milliseconds, in which the journal has times; a series has them in nanoseconds."""
_MILLISECOND = 1_000_000
_LATEST = MAX_STEP // _MILLISECOND


class _Seen(NamedTuple):
    """One look at the run: `execute.usage.Row` as it stands in the journal. ``at`` is in milliseconds."""

    at: int
    cpu: float
    memory: int
    read: int
    written: int
    busy: Sequence[float]
    gpu_memory: Sequence[int]


class _Stretch(NamedTuple):
    """Some seconds of the run: its last look before them, and the looks in them. ``step`` is the first second."""

    step: int
    before: _Seen
    looks: Sequence[_Seen]


def usage_series(entries: Iterable[Mapping[str, Json]]) -> bytes | None:
    """The blob of what the run used, as `capture.metrics.series` writes it; ``None`` without any.

    ``usage.cpu`` are processors busy, ``usage.read`` and ``usage.written`` bytes a second, ``usage.gpu.0`` the
    part of its time in which the first GPU was busy, all on average since the point before; ``usage.memory`` and
    ``usage.gpu.0.memory`` are the most bytes since then. Steps are seconds since the first look.
    """
    looks = _looks(entries)
    if not looks:
        return None
    stretches = _stretches(looks)
    series = [
        _rate("cpu", stretches, lambda look: look.cpu),
        _most("memory", stretches, lambda look: look.memory),
        _rate("read", stretches, lambda look: look.read),
        _rate("written", stretches, lambda look: look.written),
    ]
    for at in range(max(len(look.busy) for look in looks)):
        series += _gpu(at, stretches)
    return encode_series(sorted(series, key=lambda each: name_bytes(each.name)))


def last_usage(entries: Iterable[Mapping[str, Json]]) -> dict[str, Json]:
    """As ``usage`` of a seal, of a run whose owner was killed: what it was last seen to use; empty if nobody looked."""
    looks = _looks(entries)
    if not looks:
        return {}
    last = looks[-1]
    return {
        "cpu_seconds": last.cpu,
        "peak_memory": max(look.memory for look in looks),
        "gpu_seconds": round(sum(last.busy), 3) if last.busy else None,
        "read_bytes": last.read,
        "written_bytes": last.written,
    }


def _looks(entries: Iterable[Mapping[str, Json]]) -> list[_Seen]:
    """What the supervisor wrote, in order of time. Processes of the run may have written anything else."""
    found = []
    for entry in entries:
        rows = entry.get("rows")
        if entry.get("kind") == "usage" and isinstance(rows, list):
            found += [_Seen(*row) for row in rows if _is_look(row)]
    return sorted(found, key=lambda look: look.at)


def _is_look(row: Json) -> bool:
    if not isinstance(row, list) or len(row) != len(_Seen._fields):
        return False
    plain, busy, memory = row[:_PLAIN], row[-2], row[-1]
    if not (isinstance(busy, list) and isinstance(memory, list) and len(busy) == len(memory) <= _MOST_GPUS):
        return False
    whole = all(type(each) is int for each in (plain[0], *plain[2:], *memory))
    return whole and all(amount(each) and each >= 0 for each in (*plain, *busy, *memory)) and plain[0] <= _LATEST


def _stretches(looks: Sequence[_Seen]) -> list[_Stretch]:
    """As many as there may be points, of equal length in whole seconds; those without a look are left out."""
    began = looks[0].at
    width = max(1, math.ceil((looks[-1].at - began + 1) / _SECOND / MAX_POINTS))
    found: dict[int, list[_Seen]] = {}
    for look in looks:
        found.setdefault((look.at - began) // _SECOND // width * width, []).append(look)
    before, stretches = looks[0], []
    for step, inside in found.items():
        stretches.append(_Stretch(step, before, inside))
        before = inside[-1]
    return stretches


def _rate(name: str, stretches: Sequence[_Stretch], total: Callable[[_Seen], float]) -> Series:
    """What was added to ``total`` in a second, on average."""
    series = _empty(name)
    for stretch in stretches:
        last = stretch.looks[-1]
        if passed := last.at - stretch.before.at:
            _add(series, stretch, max(0.0, total(last) - total(stretch.before)) * _SECOND / passed)
    return series


def _most(name: str, stretches: Sequence[_Stretch], size: Callable[[_Seen], int]) -> Series:
    """The largest of the sizes that were seen."""
    series = _empty(name)
    for stretch in stretches:
        _add(series, stretch, float(max(map(size, stretch.looks))))
    return series


def _gpu(at: int, stretches: Sequence[_Stretch]) -> list[Series]:
    """The two series of one device; none if the run did not use it."""

    def busy(look: _Seen) -> float:
        return look.busy[at] if at < len(look.busy) else 0.0

    def memory(look: _Seen) -> int:
        return look.gpu_memory[at] if at < len(look.gpu_memory) else 0

    time = _rate(f"gpu.{at}", stretches, busy)
    # An answer comes a look later than its question, so that the first one tells of more than the time between two.
    both = [time._replace(values=array("d", (min(1.0, value) for value in time.values)))]
    both.append(_most(f"gpu.{at}.memory", stretches, memory))
    return both if any(map(any, (series.values for series in both))) else []


def _empty(name: str) -> Series:
    return Series(f"usage.{name}", array("q"), array("q"), array("d"))


def _add(series: Series, stretch: _Stretch, value: float) -> None:
    series.steps.append(stretch.step)
    series.ats.append(stretch.looks[-1].at * _MILLISECOND)
    series.values.append(value)
