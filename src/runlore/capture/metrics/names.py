"""Which files of a run count as its metrics: their names say it. Rules: ``docs/reference/metrics.md``."""

import os

TRAINER_STATE = "trainer_state.json"
CURVES = "/plots/metrics/"
"""Below it DVCLive writes one TSV file for each metric."""
_KINDS = ("metrics", "results", "scores")
_SUFFIXES = (".json", ".jsonl", ".yaml", ".yml", ".toml", ".csv", ".tsv")


def is_event_file(path: str) -> bool:
    """Whether TensorBoard would take the file for one of its own."""
    return ".tfevents." in os.path.basename(path)


def is_metric_file(path: str) -> bool:
    """Whether the file's name says that it holds metrics."""
    name = os.path.basename(path)
    return word_of(name) is not None or name == TRAINER_STATE or is_curve(path)


def is_curve(path: str) -> bool:
    """Whether DVCLive writes one metric to such a file."""
    return CURVES in path and path.endswith(".tsv")


def word_of(name: str) -> str | None:
    """What a file is named before ``metrics``: ``eval`` of ``eval_results.json``; ``None`` for other files."""
    stem, suffix = os.path.splitext(name)
    for kind in _KINDS:
        if suffix.lower() in _SUFFIXES and stem.lower().endswith(kind):
            word = stem[: -len(kind)]
            return word[:-1] if not word or word[-1] in "_-." else None
    return None
