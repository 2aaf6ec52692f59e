"""A run as a row: what each column of `list` holds, by the name it has in ``--columns`` and ``--sort``."""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence

from runlore.errors import UsageError
from runlore.ops.results import Run, RunList
from runlore.records.canonical import Json

_PARAMS, _METRICS = "params.", "metrics."
_STATISTICS = ("last", "min", "max", "count", "step")


def value(run: Run, key: str) -> Json:
    """What the column ``key`` holds for this run; ``None`` where the run has no such thing.

    ``params.K`` is a parameter, ``metrics.K`` a metric's last value, ``metrics.K.max`` another of
    its statistics (``min``, ``count``, ``step``). Times are nanoseconds since 1970 UTC.
    """
    if key.startswith(_PARAMS):
        return run.params.get(key.removeprefix(_PARAMS))
    if key.startswith(_METRICS):
        return _metric(run.metrics, key.removeprefix(_METRICS))
    return _PLAIN[key](run)


def check(keys: Iterable[str]) -> None:
    """Nothing, if every key names a column.

    Raises:
        UsageError: one does not.
    """
    for key in keys:
        if key not in _PLAIN and not key.startswith((_PARAMS, _METRICS)):
            known = ", ".join((*_PLAIN, "params.NAME", "metrics.NAME"))
            raise UsageError(f'there is no column "{key}"', hint=f"columns are {known}")


def metric_names(runs: Iterable[Run]) -> list[str]:
    """Metrics of these runs, those that most of them have first."""
    return _by_frequency(name for run in runs for name in run.metrics)


def param_names(runs: Iterable[Run]) -> list[str]:
    """Parameters of these runs, those that most of them have first."""
    return _by_frequency(name for run in runs for name in run.params)


def differing_params(runs: Sequence[Run]) -> list[str]:
    """Parameters that do not have one value in all of these runs, those that most of them have first."""
    return [name for name in param_names(runs) if len({repr(run.params.get(name)) for run in runs}) > 1]


def sort_runs(found: RunList, key: str, limit: int) -> RunList:
    """The first ``limit`` runs (0: all) by ``key``, smallest first, or largest first with ``-`` before it.

    Runs without a value come last either way.

    Raises:
        UsageError: ``key`` names no column.
    """
    name = key.removeprefix("-")
    check((name,))
    known = [(held, run) for run in found.runs if (held := value(run, name)) is not None]
    known.sort(key=lambda pair: _order(pair[0]), reverse=key.startswith("-"))
    placed = {run.id for _, run in known}
    runs = (*(run for _, run in known), *(run for run in found.runs if run.id not in placed))
    return found._replace(runs=runs[: limit or None])


def command_text(run: Run) -> str:
    """The command as one would type it."""
    return shlex.join(run.command["argv"])


def _order(found: Json) -> tuple[bool, float, str]:
    """Numbers by size, then everything else by its text; NaN is no number to be ordered by."""
    if isinstance(found, int | float) and found == found:  # noqa: PLR0124 - only NaN differs from itself
        return (False, found, "")
    return (True, 0.0, str(found))


def _metric(metrics: Mapping[str, Mapping[str, Json]], name: str) -> Json:
    if name in metrics:
        return metrics[name].get("last")
    metric, _, statistic = name.rpartition(".")
    return metrics[metric].get(statistic) if metric in metrics and statistic in _STATISTICS else None


def _by_frequency(names: Iterable[str]) -> list[str]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return sorted(counts, key=lambda name: (-counts[name], name))


def _git(run: Run, fact: str) -> Json:
    git = run.code.get("git")
    return git.get(fact) if git else None


_PLAIN: Mapping[str, Callable[[Run], Json]] = {
    "id": lambda run: run.id,
    "name": lambda run: run.name,
    "experiment": lambda run: run.experiment,
    "message": lambda run: run.message,
    "state": lambda run: run.state,
    "started": lambda run: run.started_at,
    "age": lambda run: run.started_at,
    "duration": lambda run: run.duration,
    "exit_code": lambda run: run.exit_code,
    "command": command_text,
    "commit": lambda run: _git(run, "commit"),
    "branch": lambda run: _git(run, "branch"),
    "dirty": lambda run: _git(run, "dirty"),
    "tags": lambda run: ",".join(run.tags) or None,
    "author": lambda run: run.author,
    "host": lambda run: run.host,
}
"""The columns that every run has."""
