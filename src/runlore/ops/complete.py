"""What a shell offers when a person types the beginning of a run's name."""

from runlore.errors import MlrunError
from runlore.ops.list import list_runs

_RECENT = 50


def run_names(folder: str, prefix: str) -> tuple[tuple[str, str], ...]:
    """Names, tags and ids of recent runs that start with ``prefix``, each with a word of help; none without a store."""
    try:
        found = list_runs(folder, limit=_RECENT)
    except MlrunError:
        return ()
    names: dict[str, str] = {"@": "the newest run"}
    for run in found.runs:
        about = f"{run.state} {' '.join(run.command['argv'])}"
        names.update(dict.fromkeys(run.tags, about))
        if run.name:
            names.setdefault(run.name, about)
        names[run.id[:8]] = about
    return tuple((name, about) for name, about in names.items() if name.startswith(prefix))
