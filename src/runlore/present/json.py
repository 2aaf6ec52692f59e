"""Results as JSON: ``{"schema": "NAME/1", "data": ...}``, as published in ``schemas/``.

ASCII only, so that it passes through any terminal, locale or pipe; a byte of a name that is not UTF-8
travels as an escaped lone surrogate (PEP 383). Times are RFC 3339 in UTC with microseconds; NaN and
the infinities, which JSON lacks, are the strings ``nan``, ``inf`` and ``-inf``.
"""

import json
import math
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from runlore.ops.results import Run, RunList, Setting, Settings, Status, Tag, Tags
from runlore.records.canonical import Json
from runlore.records.fields import to_json

if TYPE_CHECKING:
    from runlore.ops.descent.results import Lineage
    from runlore.ops.metrics import Metric, MetricsTable

_SECOND, _MICROSECOND = 1_000_000_000, 1_000
_LONG = ("config", "inputs", "outputs", "omitted", "folders", "secrets")


def text(schema: str, result: object, *, indent: int | None = None) -> str:
    """The one JSON object for a result that is shown under this schema's name."""
    data_of: Callable[..., Json] = _DATA.get(schema, to_json)
    return dumps({"schema": schema, "data": data_of(result)}, indent=indent)


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
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{rest // _MICROSECOND:06d}Z"


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
    return {"runs": [_run(run) for run in found.runs], "total": found.total, "damaged": list(found.damaged)}


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
    if metric.series is None:
        return data
    _, steps, ats, values = metric.series
    times = [rfc3339(at) if at else None for at in ats]
    return {**data, "steps": steps.tolist(), "times": times, "values": values.tolist()}


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


def _dated(data: dict[str, Json]) -> dict[str, Json]:
    """A note or a tag with its time as text."""
    return {**data, "at": rfc3339(data["at"])}


def _finite(value: Json) -> Json:
    """``value`` without the floats that JSON lacks; times have been put into words before."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


_DATA: Mapping[str, Callable[..., Json]] = {
    "run/1": _run,
    "run-list/1": _run_list,
    "status/1": _status,
    "tag-list/1": _tags,
    "note-list/1": _notes,
    "config/1": _settings,
    "metrics/1": _metrics,
    "diff/1": _diff,
    "lineage/1": _lineage,
}
"""What needs more than its fields: a time, a list that may be left out, one or many."""
