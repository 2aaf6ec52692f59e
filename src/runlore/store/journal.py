"""The journal of a living run: checked lines, appended by the supervisor and by processes of the run."""

import binascii
import errno
import functools
import itertools
import json
import os
import re
from collections.abc import Iterator

from runlore.records.canonical import Json
from runlore.store.reading import open_plain

_CHECK = 8
_PREFIX = _CHECK + 1
SAMPLES = "samples"
_POINTS, _ROWS = b'{"kind":"log",', b'{"kind":"samples",'
_BEGINNING = re.compile(rb"(?=[0-9a-f]{8} \{)")
_MOST_TORN = 64
"""Entries in a row that may have been cut short."""
_LONGEST = 16 << 20
"""Bytes of a line that nobody of ours writes."""


def append(path: str, entry: dict[str, Json]) -> None:
    """Add an entry in one write; raises ``OSError``."""
    text = json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    # Processes of the user may have put anything in its place: neither is a link followed nor a FIFO waited for.
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        line = b"%08x %s\n" % (binascii.crc32(text), text)
        if os.write(file, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
    finally:
        os.close(file)


def read(path: str) -> Iterator[dict[str, Json]]:
    """The entries of a journal, in order; lines that are cut short or fail their check are none.

    Left out are the points of metrics: there may be millions, and `capture.metrics` reads them in its own way. All
    samples are one entry without columns, the last: `read_samples` has them. Processes of the user write to it: any
    of it may be something else, or gone.
    """
    has_samples = False
    for line in _lines(path):
        if line.startswith(_POINTS, _PREFIX):
            continue
        if _ROWS in line:
            has_samples = True
        elif (entry := _parse(line) or _after_torn(line)) is not None:
            yield entry
    if has_samples:
        yield {"kind": SAMPLES}


def read_samples(path: str) -> Iterator[dict[str, Json]]:
    """The entries of a journal that hold samples, in order; otherwise as `read`."""
    for line in _lines(path):
        if _ROWS in line and (entry := _parse(line) or _after_torn(line)) is not None and entry.get("kind") == SAMPLES:
            yield entry


def damaged(path: str) -> int:
    """How many of the lines are no entries, the last apart if it was cut short. Raises ``OSError``."""
    os.close(open_plain(path))
    return sum(line[-1:] == b"\n" and _parse(line) is None for line in _lines(path))


def _lines(path: str) -> Iterator[bytes]:
    try:
        with open(open_plain(path), "rb") as file:
            yield from iter(functools.partial(file.readline, _LONGEST), b"")
    except OSError:
        return


def _after_torn(line: bytes) -> dict[str, Json] | None:
    """The entry that stands behind one which was cut short, perhaps by a full disk, and could not end its line."""
    for found in itertools.islice(_BEGINNING.finditer(line, 1), _MOST_TORN):
        if (entry := _parse(line[found.start() :])) is not None:
            return entry
    return None


def _parse(line: bytes) -> dict[str, Json] | None:
    text = line[_PREFIX:-1]
    if line[-1:] != b"\n" or line[_CHECK:_PREFIX] != b" " or line[:_CHECK] != b"%08x" % binascii.crc32(text):
        return None
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None
