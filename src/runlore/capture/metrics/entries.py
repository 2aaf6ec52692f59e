"""The metrics in a run's journal: entries of the kind ``log``, written by the probe in processes of the run."""

import json
import os
import re
from binascii import crc32
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from runlore.capture.metrics.folders import prefixes
from runlore.capture.metrics.numbers import number
from runlore.capture.metrics.points import Points, Room
from runlore.store.reading import open_plain

_LONGEST = 16 << 20
"""Bytes of a line: longer ones are none of the probe's."""
_MOST_SOURCES = 256
_WHOLE = rb"-?(?:0|[1-9]\d{0,17})"
# What a script's own `log` of one metric writes, byte for byte; all else goes through `json`.
_ONE = re.compile(
    rb'([0-9a-f]{8}) (\{"kind":"log","at":(\d{1,18}|[1-8]\d{18}),"step":(null|%b),'
    rb'"values":\{"([ !#-\[\]-~]+)":(%b(?:\.\d+)?(?:[eE][+-]?\d+)?)\}\})\n' % (_WHOLE, _WHOLE)
)
_WORDS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


class Source(NamedTuple):
    """Who logged: the script itself (both empty), or a library, and the run of its own that it was told about."""

    library: str
    run: str


OWN = Source("", "")
TENSORBOARD = "tensorboard"


class Entries:
    """The points in a journal by source, the script's own first, the others as they appear.

    Lines that are cut short or fail their check, and what is no point, are left out.
    """

    def __init__(self, journal_path: str, room: Room) -> None:
        self._path, self._room = journal_path, room
        self._file: tuple[int, int] | None = None
        self._read = 0
        self.sources = {OWN: Points(room)}

    def read_on(self) -> None:
        """Take in what was appended since the last time; a line that has no end yet is left for the next one.

        Where the journal cannot be read, or is gone, what was read before stays. What lies in its place is another one.
        """
        try:
            with open(open_plain(self._path), "rb", buffering=1 << 20) as file:
                self._begin(os.fstat(file.fileno()))
                file.seek(self._read)
                self._take(iter(partial(file.readline, _LONGEST), b""))
        except OSError:
            pass

    def _begin(self, found: os.stat_result) -> None:
        file = found.st_dev, found.st_ino
        if self._file is not None and (file != self._file or found.st_size < self._read):
            self._room, self._read = Room(), 0
            self.sources = {OWN: Points(self._room)}
        self._file = file

    def _take(self, lines: Iterator[bytes]) -> None:
        one, own = _ONE.fullmatch, self.sources[OWN].add
        for line in lines:
            if line[-1:] != b"\n" and len(line) < _LONGEST:
                break
            self._read += len(line)
            if match := one(line):
                check, text, at, step, name, value = match.groups()
                if int(check, 16) == crc32(text):
                    own(name.decode(), None if step == b"null" else int(step), int(at), float(value))
            elif (entry := _parse(line)) is not None:
                _add(entry, self.sources, self._room)


def read_entries(journal_path: str, room: Room) -> dict[Source, Points]:
    """The points in a journal as `Entries` has them; one that cannot be read is empty."""
    entries = Entries(journal_path, room)
    entries.read_on()
    return entries.sources


def put_under_folders(sources: Mapping[Source, Points], event_files: Sequence[str], *, top: str) -> None:
    """Name the points of several runs of one library apart, those of TensorBoard as their event files are.

    Another library names its runs at random, so they are counted: the second one's are ``run-2/loss``.
    """
    folders = {os.path.dirname(path): prefix for path, prefix in zip(event_files, prefixes(event_files), strict=True)}
    told = [source for source in sources if source.library == TENSORBOARD and source.run]
    paths = [os.path.normpath(os.path.join(top, source.run)) for source in told]
    for source, path, prefix in zip(told, paths, prefixes([f"{path}/." for path in paths]), strict=True):
        # A relative folder is one below where the process was, which need not be the top.
        end = "/" + os.path.normpath(source.run).lstrip("./")
        matching = [folders[folder] for folder in folders if folder == path or folder.endswith(end)]
        sources[source].put_under(matching[0] if matching else prefix)
    seen: dict[str, int] = {}
    for source, points in sources.items():
        count = seen[source.library] = seen.get(source.library, 0) + 1
        if source.library != TENSORBOARD and count > 1:
            points.put_under(f"run-{count}/")


def _parse(line: bytes) -> dict[str, Any] | None:
    """The entry of kind ``log`` in a line."""
    text = line[9:-1]
    if b'"log"' not in text or line[-1:] != b"\n" or line[:9] != b"%08x " % crc32(text):
        return None
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and entry.get("kind") == "log" else None


def _add(entry: Mapping[str, Any], sources: dict[Source, Points], room: Room) -> None:
    values, step, at = entry.get("values"), entry.get("step"), entry.get("at")
    if not isinstance(values, dict):
        return
    source = Source(_text(entry.get("source")), _text(entry.get("run")))
    if (points := sources.get(source)) is None:
        if len(sources) < _MOST_SOURCES:
            points = sources[source] = Points(room)
        else:
            points = sources[next(reversed(sources))]
    for name, found in values.items():
        value = _WORDS.get(found) if isinstance(found, str) else number(found)
        if value is not None:
            points.add(name, step if type(step) is int else None, at if type(at) is int else 0, value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
