"""Results as JSON: ``{"schema": "NAME/1", "data": ...}``, as published in ``schemas/``.

ASCII only, so that it passes through any terminal, locale or pipe; a byte of a name that is not UTF-8
travels as an escaped lone surrogate (PEP 383). Times are RFC 3339 in UTC with microseconds; NaN and
the infinities, which JSON lacks, are the strings ``nan``, ``inf`` and ``-inf``.
"""

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from runlore.ops.results import Run, RunList, Setting, Settings, Status, Tag, Tags
from runlore.records.canonical import Json
from runlore.records.fields import to_json

if TYPE_CHECKING:
    from runlore.capture.metrics.series import Series
    from runlore.ops.descent.results import Lineage
    from runlore.ops.metrics import Metric, MetricsTable
    from runlore.ops.samples import RunSamples, SamplesDiff

_SECOND, _MICROSECOND = 1_000_000_000, 1_000
_RUNS, _POINTS = 250, 1 << 14
"""Of them so many are in memory at once."""
_LONG = ("config", "inputs", "outputs", "omitted", "folders", "secrets", "origin", "origins", "samples")


class Long(NamedTuple):
    """A list that is written while it is read: its items come in pieces, none of which is long."""

    pieces: Iterable[Sequence[Json]]


def text(schema: str, result: object, *, indent: int | None = None) -> str:
    """The one JSON object for a result that is shown under this schema's name."""
    return "".join(parts(schema, result, indent=indent))


def parts(schema: str, result: object, *, indent: int | None = None) -> Iterator[str]:
    """`text`, of a result that may be long in pieces, as it is read."""
    if (data_of := _LONG_DATA.get(schema)) is not None:
        yield from _written({"schema": schema, "data": data_of(result)}, indent, 0)
    else:
        of: Callable[..., Json] = _DATA.get(schema, to_json)
        yield dumps({"schema": schema, "data": of(result)}, indent=indent)


def error_text(code: str, message: str, hint: str | None) -> str:
    """The one JSON object for an error."""
    return dumps({"schema": "error/1", "error": {"code": code, "message": message, "hint": hint}})


def dumps(value: Json, *, indent: int | None = None) -> str:
    """``value`` on one line, or indented."""
    separators = (",", ": ") if indent else (",", ":")
    return json.dumps(_finite(value), ensure_ascii=True, allow_nan=False, indent=indent, separators=separators)


def rfc3339(at: int) -> str:
    """Nanoseconds since 1970 UTC as ``2026-11-23T12:48:03.123456Z``."""
    seconds, rest = divmod(at, _SECOND)
    return f"{_to_the_second(seconds)}.{rest // _MICROSECOND:06d}Z"


@lru_cache(maxsize=16)
def _to_the_second(seconds: int) -> str:
    # Points of a series come in order, thousands of them within a second.
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _run(run: Run) -> Json:
    data = to_json(run)
    data["started_at"] = rfc3339(run.started_at)
    data["finished_at"] = None if run.finished_at is None else rfc3339(run.finished_at)
    data["notes"] = [_dated(note) for note in data["notes"]]
    for name in _LONG:
        if data[name] is None:
            del data[name]
    return data


def _run_list(found: RunList) -> Json:
    runs = iter(found.runs)
    pieces = iter(lambda: [_run(run) for run in islice(runs, _RUNS)], [])
    return {"runs": Long(pieces), "total": found.total, "damaged": list(found.damaged)}


def _status(status: Status) -> Json:
    data = to_json(status)
    data["newest"] = None if status.newest is None else _run(status.newest)
    return data


def _tags(found: Tags | Tag) -> Json:
    tags = found.tags if isinstance(found, Tags) else (found,)
    return {"tags": [_dated(to_json(tag)) for tag in tags]}


def _settings(found: Settings | Setting) -> Json:
    settings = found.settings if isinstance(found, Settings) else (found,)
    return {"settings": to_json(settings)}


def _notes(found: object) -> Json:
    data = to_json(found)
    data["notes"] = [_dated(note) for note in data["notes"]]
    return data


def _metrics(found: "MetricsTable") -> Json:
    return {
        "runs": [
            {**to_json(each._replace(metrics=())), "metrics": [_metric(one) for one in each.metrics]}
            for each in found.runs
        ]
    }


def _metric(metric: "Metric") -> Json:
    """A metric with its points as columns; without them where they were not asked for."""
    data: dict[str, Json] = {"name": metric.name, **metric.summary}
    points = metric.points
    if points is None:
        return data
    # One column after the other: the points are read three times, and never held.
    return {
        **data,
        "steps": Long(piece.steps[part].tolist() for piece, part in _pieces(points)),
        "times": Long([rfc3339(at) if at else None for at in piece.ats[part]] for piece, part in _pieces(points)),
        "values": Long(piece.values[part].tolist() for piece, part in _pieces(points)),
    }


def _pieces(points: "Iterable[Series]") -> "Iterator[tuple[Series, slice]]":
    """What is written at once."""
    for piece in points:
        for at in range(0, len(piece.values), _POINTS):
            yield piece, slice(at, at + _POINTS)


def _remotes(found: object) -> Json:
    data = to_json(found)
    every = data.get("remotes", [data])
    return {"remotes": [{k: v for k, v in each.items() if k != "trial" or v is not None} for each in every]}


def _diff(found: object) -> Json:
    data = to_json(found)
    for side in data["runs"]:
        side["started_at"] = rfc3339(side["started_at"])
    return data


def _lineage(found: "Lineage") -> Json:
    data = to_json(found)
    for node in data["nodes"]:
        if (run := node["run"]) is not None:
            run["started_at"] = rfc3339(run["started_at"])
            run["finished_at"] = None if run["finished_at"] is None else rfc3339(run["finished_at"])
    for edge in data["edges"]:
        edge["from"], edge["to"] = edge.pop("start"), edge.pop("end")
    return data


def _samples(found: "RunSamples") -> Json:
    return {"run": to_json(found.run), **to_json(found.found)}


def _samples_diff(found: "SamplesDiff") -> Json:
    parts = [dict(zip(("split", "rows", "error_a", "error_b"), each, strict=True)) for each in found.found.parts]
    data = {"a": to_json(found.a), "b": to_json(found.b), **to_json(found.found), "parts": parts}
    return {**data, "passed": found.passed}


def _dated(data: dict[str, Json]) -> dict[str, Json]:
    """A note or a tag with its time as text."""
    return {**data, "at": rfc3339(data["at"])}


def _written(value: Json, indent: int | None, depth: int) -> Iterator[str]:
    """``value`` as `dumps` writes it, with what is `Long` in it; ``depth`` is how deep it stands."""
    pad = "" if indent is None else "\n" + " " * (indent * depth)
    inner = "" if indent is None else pad + " " * indent
    match value:
        case Long(pieces):
            yield "["
            more = ""
            for piece in filter(None, pieces):
                items = dumps(piece, indent=indent)[1:-1].rstrip("\n")
                yield more + items.replace("\n", pad)
                more = ","
            yield f"{pad}]" if more else "]"
        case dict() if value:
            for at, (key, item) in enumerate(value.items()):
                yield f"{',' if at else '{'}{inner}{dumps(key)}{': ' if indent else ':'}"
                yield from _written(item, indent, depth + 1)
            yield f"{pad}}}"
        case list() if value:
            for at, item in enumerate(value):
                yield f"{',' if at else '['}{inner}"
                yield from _written(item, indent, depth + 1)
            yield f"{pad}]"
        case _:
            yield dumps(value)


def _finite(value: Json) -> Json:
    """``value`` without the floats that JSON lacks; times have been put into words before."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


_DATA: Mapping[str, Callable[..., Json]] = {
    "run/1": _run,
    "status/1": _status,
    "tag-list/1": _tags,
    "note-list/1": _notes,
    "config/1": _settings,
    "diff/1": _diff,
    "remote-list/1": _remotes,
    "lineage/1": _lineage,
    "samples/1": _samples,
    "samples-diff/1": _samples_diff,
}
"""What needs more than its fields: a time, a list that may be left out, one or many."""
_LONG_DATA: Mapping[str, Callable[..., Json]] = {"run-list/1": _run_list, "metrics/1": _metrics}
"""What may hold more than fits into memory."""
