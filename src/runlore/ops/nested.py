"""A run that is started inside another: it tells the outer one, whose record then says where to look.

Both would watch the same processes, and one would see what the other does for it. So the inner run alone watches what
it runs; and what mlrun does for its record, in the midst of the outer run, is nothing that the outer run did.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from runlore.capture.access.touch import OF_PROCESSES, Touch
from runlore.records.canonical import Json
from runlore.store import journal

REUSED = "reused"
"""The rung of a run that was not started: nobody saw what it depends on."""

_KIND = "nested"
_ID = 64


class Nested(NamedTuple):
    """A run inside another: its id, the rung it was watched on, when it began (ns since 1970), and whom it started.

    ``pids`` begins with that of its ``mlrun``; the others began as processes of the outer run.
    """

    run: str
    rung: str
    began: int
    pids: tuple[int, ...]


def alone(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables without those by which an outer run watches: what it looks at itself is no use of the inner one."""
    from runlore.capture.access.native import without_library  # noqa: PLC0415 - inside another run alone

    kept = without_library(environ)
    kept.pop("RUNLORE_AUDIT", None)
    return kept


def tell_outer(environ: Mapping[str, str], inner: Nested) -> None:
    """Let the run in whose environment this one began know of it, if there is one and it lives."""
    if path := environ.get("RUNLORE_JOURNAL"):
        with contextlib.suppress(OSError):
            journal.append(path, {"kind": _KIND, **inner._asdict(), "pids": list(inner.pids)})


def nested(entries: Iterable[Mapping[str, Any]]) -> tuple[Nested, ...]:
    """The runs inside one, from its journal; what is none is left out, for processes of the user write there too."""
    return tuple(inner for entry in entries if entry.get("kind") == _KIND and (inner := _nested(entry)) is not None)


def _nested(entry: Mapping[str, Json]) -> Nested | None:
    run, rung, began, pids = (entry.get(name) for name in Nested._fields)
    if not (isinstance(run, str) and len(run) == _ID and run.isalnum() and isinstance(rung, str)):
        return None
    if not (isinstance(began, int) and isinstance(pids, list) and pids and all(isinstance(pid, int) for pid in pids)):
        return None
    return Nested(run, rung, began, tuple(pids))


def without(touches: Iterable[Touch], inner: tuple[Nested, ...]) -> Iterator[Touch]:
    """The touches of the outer run that are its own."""
    recorders = {each.pids[0]: each.began for each in inner}
    started = {pid for each in inner for pid in each.pids[1:]}
    for each in touches:
        began = recorders.get(each.pid)
        if not (began is not None and each.at >= began) and not (each.kind in OF_PROCESSES and each.pid in started):
            yield each
