"""What a shell offers when a person types the beginning of a run's name."""

import re

from runlore.errors import MlrunError
from runlore.ops.indexing import refresh
from runlore.ops.list import list_runs
from runlore.ops.project import open_store
from runlore.ops.where.meaning import KEYS
from runlore.store.catalog import METRIC, PARAM
from runlore.store.statement import FACTS

_RECENT = 50
_WORD = re.compile(r"""[^\s()=<>!~,"']*$""")
_BARE = re.compile(r"""[^\s()=<>!~,"']+""")
"""A key that needs no quotes."""


def run_names(folder: str, prefix: str) -> tuple[tuple[str, str], ...]:
    """Names, tags and ids of recent runs that start with ``prefix``, each with a word of help; none without a store."""
    try:
        found = list_runs(folder, limit=_RECENT)
    except MlrunError:
        return ()
    names: dict[str, str] = {"@": "the newest run"}
    for run in found.runs:
        about = " ".join((*(f"{each}:" for each in (run.name, *run.tags) if each), run.state, *run.command["argv"]))
        names.update(dict.fromkeys(run.tags, about))
        if run.name:
            names.setdefault(run.name, about)
        names[run.id[:8]] = about
    return tuple((name, about) for name, about in names.items() if name.startswith(prefix))


def column_names(folder: str, prefix: str) -> tuple[str, ...]:
    """Columns that start with ``prefix``: what every run has, then the parameters and metrics of this store."""
    return tuple(name for name in (*FACTS, *_measured(folder)) if name.startswith(prefix))


def metric_names(folder: str, prefix: str) -> tuple[str, ...]:
    """Metrics that start with ``prefix``; none without a store."""
    return tuple(name for name in _names(folder, METRIC) if name.startswith(prefix))


def param_names(folder: str, prefix: str) -> tuple[str, ...]:
    """Parameters that start with ``prefix``; none without a store."""
    return tuple(name for name in _names(folder, PARAM) if name.startswith(prefix))


def filters(folder: str, begun: str) -> tuple[str, ...]:
    """What a filter may become whose last word is the beginning of a key."""
    match = _WORD.search(begun)
    word = match[0] if match else ""
    head = begun.removesuffix(word) if word else begun
    keys = (*KEYS, *_measured(folder))
    return tuple(head + key for key in keys if key.startswith(word) and _BARE.fullmatch(key))


def _measured(folder: str) -> tuple[str, ...]:
    """The keys of the parameters and metrics of this store."""
    params = (f"params.{name}" for name in _names(folder, PARAM))
    return (*params, *(f"metrics.{name}" for name in _names(folder, METRIC)))


def _names(folder: str, kind: str) -> list[str]:
    try:
        with open_store(folder) as store:
            refresh(store)
            return store.index.key_names(kind)
    except MlrunError:
        return []
