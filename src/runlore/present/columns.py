"""A run as a row: what each column of `list` holds, by the name it has in ``--columns`` and ``--sort``."""

import math
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from runlore.errors import UsageError
from runlore.ops.results import Run, RunList
from runlore.records.canonical import Json

_PARAMS, _METRICS = "params.", "metrics."
_STATISTICS = ("last", "min", "max", "count", "step")
_COSTS = frozenset(
    ("loss", "error", "err", "mse", "rmse", "mae", "mape", "nll", "perplexity", "ppl", "wer", "cer", "bpb", "fid")
)
_SCORES = frozenset(
    ("acc", "accuracy", "auc", "auroc", "bleu", "dice", "f1", "iou", "kappa", "map", "mcc", "miou", "ndcg", "precision")
)
_SCORES |= frozenset(("psnr", "r2", "recall", "return", "reward", "score", "ssim", "top1", "top5"))
"""Words in names of metrics of which less, or more, is better."""


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


def all_names(runs: Iterable[Run]) -> tuple[list[str], list[str]]:
    """Parameters and metrics of these runs, those that most of them have first, in one look at each run."""
    params: Counter[str] = Counter()
    metrics: Counter[str] = Counter()
    for run in runs:
        params.update(run.params.keys())
        metrics.update(run.metrics.keys())
    return _most_first(params), _most_first(metrics)


def metric_names(runs: Iterable[Run]) -> list[str]:
    """Metrics of these runs, those that most of them have first."""
    return _most_first(Counter(name for run in runs for name in run.metrics))


def param_names(runs: Iterable[Run]) -> list[str]:
    """Parameters of these runs, those that most of them have first."""
    return _most_first(Counter(name for run in runs for name in run.params))


def differing_params(runs: Sequence[Run]) -> list[str]:
    """Parameters that do not have one value in all of these runs, those that most of them have first."""
    return [name for name in param_names(runs) if len({repr(run.params.get(name)) for run in runs}) > 1]


def group_runs(found: RunList, key: str) -> RunList:
    """The same runs, those with the same value of ``key`` together, in the order in which its values first appear.

    Raises:
        UsageError: ``key`` names no column.
    """
    from runlore.ops.listed import StoredRuns  # noqa: PLC0415 - exec, which shows metrics too, has no lists

    check((key,))
    if isinstance(found.runs, StoredRuns):
        return found._replace(runs=found.runs.grouped(lambda run: repr(value(run, key))))
    groups: dict[str, list[Run]] = {}
    for run in found.runs:
        groups.setdefault(repr(value(run, key)), []).append(run)
    return found._replace(runs=tuple(run for group in groups.values() for run in group))


def best(values: Iterable[Json], key: str) -> Json:
    """The best of these values of a metric; ``None`` where its name does not say whether more is better."""
    smaller = _smaller_is_better(key)
    if smaller is None:
        return None
    held = [found for found in values if isinstance(found, int | float) and math.isfinite(found)]
    if len(set(held)) <= 1:
        return None
    return min(held) if smaller else max(held)


def _smaller_is_better(key: str) -> bool | None:
    """What the words in a metric's name say; ``None`` for nothing."""
    if not key.startswith(_METRICS):
        return None
    words = set(re.split(r"[^a-z0-9]+", key.removeprefix(_METRICS).lower()))
    if words & _COSTS:
        return True
    return False if words & _SCORES else None


def command_text(run: Run) -> str:
    """The command as one would type it."""
    return shlex.join(run.command["argv"])


def _metric(metrics: Mapping[str, Mapping[str, Json]], name: str) -> Json:
    if name in metrics:
        return metrics[name].get("last")
    metric, _, statistic = name.rpartition(".")
    return metrics[metric].get(statistic) if metric in metrics and statistic in _STATISTICS else None


def _most_first(counts: Mapping[str, int]) -> list[str]:
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
