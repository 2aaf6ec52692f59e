"""What tells files of one kind apart that a run wrote into several folders: ``train``, ``validation``."""

import os
import re
from collections.abc import Sequence

_CHECKPOINT = re.compile(r"checkpoint-\d+")


def prefixes(paths: Sequence[str]) -> list[str]:
    """For each absolute path its folder below the one that all share, with ``/`` after it; empty for that one.

    Where a run's output goes into a folder with the date in its name, the names of its metrics are those
    of the run before. Folders ``checkpoint-500`` of Hugging Face's trainer tell when, not what: left out.
    """
    if not paths:
        return []
    folders = [os.path.dirname(path) for path in paths]
    shared = os.path.commonpath(folders)
    found = []
    for folder in folders:
        parts = os.path.relpath(folder, shared).split("/")
        found.append("".join(f"{part}/" for part in parts if part != "." and not _CHECKPOINT.fullmatch(part)))
    return found
