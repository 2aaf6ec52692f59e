"""All metrics that a run left, wherever it left them: the one way into this folder for who seals a run."""

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from runlore.capture.metrics.names import is_event_file, is_metric_file
from runlore.records.canonical import Json
from runlore.records.run import Warn
from runlore.store.reading import open_plain

MAX_FILES = 1_000
"""Event files, and as many metric files, that are read of one run."""
_LOG_KIND = b'"log"'
_PIECE = 1 << 20


class Metrics(NamedTuple):
    """What a run's metrics are: ``summary`` for its seal, ``series`` a blob for the store or ``None`` without any."""

    summary: dict[str, dict[str, Json]]
    series: bytes | None
    warnings: tuple[Warn, ...]


def collect(
    journal_path: str,
    written: Iterable[str],
    *,
    top: str,
    log_path: str | None = None,
    patterns: Sequence[str] = (),
) -> Metrics:
    """The metrics in a run's journal, in the files that it wrote, and in its log by ``patterns``. Never raises.

    ``written`` are absolute paths, of which those count that are named like event or metric files. Where
    several tell of one metric, the script's own calls win, then what it told other libraries, event files,
    metric files and the log; each adds the steps that those before it do not have. Values without a step add
    only names that nobody else has.
    """
    warnings: list[Warn] = []
    event_files, metric_files = _sorted_out(written, warnings)
    searched = log_path if patterns else None
    if not (event_files or metric_files or searched or _has_points(journal_path)):
        return Metrics({}, None, ())
    from runlore.capture.metrics.gather import Places, gather  # noqa: PLC0415 - a bare Python start; many runs have none

    found = gather(Places(journal_path, event_files, metric_files, searched), top=top, patterns=patterns)
    return Metrics(found.summary, found.series, (*warnings, *found.warnings))


def _has_points(journal_path: str) -> bool:
    """Whether the journal may have entries of the kind ``log``."""
    try:
        with open(open_plain(journal_path), "rb", buffering=0) as file:
            end = b""
            while piece := file.read(_PIECE):
                if _LOG_KIND in end + piece:
                    return True
                end = piece[-len(_LOG_KIND) :]
    except OSError:
        pass
    return False


def _sorted_out(written: Iterable[str], warnings: list[Warn]) -> tuple[list[str], list[str]]:
    """The event files and the metric files that are still there, each sorted."""
    event_files, metric_files = set(), set()
    for path in written:
        if is_event_file(path):
            event_files.add(path)
        elif is_metric_file(path):
            metric_files.add(path)
    found = []
    for what, paths in (("event files", event_files), ("metric files", metric_files)):
        there = sorted(filter(os.path.isfile, paths))
        if len(there) > MAX_FILES:
            message = f"the run wrote {len(there):,} {what}; the first {MAX_FILES:,} are read"
            warnings.append(Warn("metrics-too-many", message))
        found.append(there[:MAX_FILES])
    return found[0], found[1]
