"""Metric files that a run wrote. Which files count, and what names their values get: ``docs/reference/metrics.md``."""

import codecs
import csv
import os
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import BinaryIO, NamedTuple

from runlore.capture.config import read_config
from runlore.capture.flatten import flatten_whole
from runlore.capture.metrics.folders import prefixes
from runlore.capture.metrics.names import CURVES, TRAINER_STATE, is_curve, word_of
from runlore.capture.metrics.numbers import number, whole
from runlore.capture.metrics.points import Points, Room
from runlore.capture.metrics.tables import Row, is_metric, is_placed, parse_json, rows_of_text, step_of
from runlore.records.canonical import Scalar
from runlore.records.run import Warn
from runlore.store.reading import open_plain

_LIMITS = {".json": 8 << 20, ".jsonl": 8 << 20, ".csv": 64 << 20, ".tsv": 64 << 20}
"""Bytes that are read; of YAML and TOML as of any config."""
_LONGEST_LINE = 1 << 20
_MOST_BYTES = 256 << 20
"""Of all metric files of a run together."""


class Found(NamedTuple):
    """What metric files say: series, a source for each file, and values without a step."""

    series: list[Points]
    values: Points
    warnings: list[Warn]


class _Place(NamedTuple):
    """A file, and what begins the names of its values: its folders, and ``eval`` of ``eval_results``."""

    path: str
    folders: str
    word: str

    def name(self, key: str) -> str:
        """What the value ``key`` of the file is called."""
        told = not self.word or re.match(re.escape(self.word) + r"[._/-]", key, re.IGNORECASE)
        return self.folders + (key if told else f"{self.word}.{key}")


def read_files(paths: Sequence[str], room: Room) -> Found:
    """The metrics in these files. What is wrong with one is a warning ``metrics-unreadable``, no error."""
    found = Found([], Points(room), [])
    left = _MOST_BYTES
    for place in _places(sorted(paths)):
        points = Points(room)
        try:
            left -= os.stat(place.path).st_size
            warning = _read(place, points, found.values) if left >= 0 else "the run wrote too many of them"
        except OSError as error:
            warning = error.strerror or "it cannot be read"
        except (ValueError, RecursionError, csv.Error) as error:
            warning = " ".join(str(error)[:200].split())
        if warning:
            found.warnings.append(Warn("metrics-unreadable", f'"{place.path}" is not read as metrics: {warning}'))
        if points.names:
            found.series.append(points)
    return found


def _places(paths: Sequence[str]) -> list[_Place]:
    """Files of one name are told apart by their folders, whatever other files there are."""
    groups: dict[str, list[str]] = {}
    for path in paths:
        if not is_curve(path):
            groups.setdefault(os.path.basename(path), []).append(path)
    places = []
    for name, group in groups.items():
        word = word_of(name) or ""
        word = "" if word.lower() == "all" else word
        places += [_Place(path, folders, word) for path, folders in zip(group, prefixes(group), strict=True)]
    # Of a curve the folder that DVCLive was given counts, and the path below it is the name.
    curves = [path.rpartition(CURVES) for path in paths if is_curve(path)]
    given = prefixes([f"{before}/." for before, _, _ in curves])
    for (before, between, after), folders in zip(curves, given, strict=True):
        places.append(_Place(before + between + after, folders + os.path.splitext(after)[0], ""))
    return places


def _read(place: _Place, points: Points, values: Points) -> str:
    """Add what a file says; returns what is wrong with it, empty for nothing."""
    suffix = os.path.splitext(place.path)[1].lower()
    if suffix not in _LIMITS:
        config = read_config(place.path)
        _add_values(place, config.values, values, at=os.stat(place.path).st_mtime_ns)
        return config.warnings[0].message if config.warnings else ""
    with open(open_plain(place.path), "rb") as file:
        facts = os.fstat(file.fileno())
        if facts.st_size > _LIMITS[suffix]:
            return f"it has more than {_LIMITS[suffix] >> 20} MiB"
        if suffix in {".csv", ".tsv"}:
            _read_table(place, file, points, values, at=facts.st_mtime_ns)
            return ""
        return _read_json(place, file.read(_LIMITS[suffix]), points, values, at=facts.st_mtime_ns)


def _read_table(place: _Place, file: BinaryIO, points: Points, values: Points, *, at: int) -> None:
    lines = codecs.iterdecode(iter(partial(file.readline, _LONGEST_LINE), b""), "utf-8-sig", "replace")
    for row in rows_of_text(lines, delimiter="\t" if place.path.lower().endswith(".tsv") else ","):
        if is_placed(row):
            _add_row(place, row, points, at=at)
        else:
            _add_values(place, row, values, at=at)


def _read_json(place: _Place, data: bytes, points: Points, values: Points, *, at: int) -> str:
    content = parse_json(data)
    if os.path.basename(place.path) == TRAINER_STATE:
        content = content.get("log_history") if isinstance(content, dict) else None
    if isinstance(content, dict):
        flat, complete = flatten_whole(content)
        _add_values(place, flat, values, at=at)
        return "" if complete else f"it has too many values, the first {len(flat):,} are kept"
    for each in content if isinstance(content, list) else ():
        if isinstance(each, dict):
            _add_row(place, {key: number(value) for key, value in each.items()}, points, at=at)
    return ""


def _add_row(place: _Place, row: Row, points: Points, *, at: int) -> None:
    """Add the numbers of a row at its step; without one, a step after the one before."""
    step = step_of(row)
    for key, value in row.items():
        if value is not None and is_metric(key):
            points.add(place.folders if is_curve(place.path) else place.name(key), step, at, value)


def _add_values(place: _Place, flat: Mapping[str, Scalar], values: Points, *, at: int) -> None:
    """Add values that stand alone; of two with one name the first counts."""
    step = whole(number(flat.get("step")))
    for key, found in flat.items():
        value, name = number(found), place.name(key)
        if value is not None and is_metric(key) and name not in values.names:
            values.add(name, step, at, value)
