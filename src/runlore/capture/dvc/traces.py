"""By what it is known that DVC is used: looked for at the end of every run, so nothing else is loaded for it."""

import os
import re
from collections.abc import Iterable

FOLDER = ".dvc"
"""The folder by which a DVC project is known."""
_IN_CACHE = re.compile(rb"/([0-9a-f]{2})/([0-9a-f]{30})\Z")


def roots(top: str, paths: Iterable[str]) -> tuple[str, ...]:
    """The folders, from the top of the project, of the DVC projects in which these paths lie; the innermost first."""
    above = {""}
    for path in paths:
        folder = os.path.dirname(path)
        while folder not in above and not folder.startswith("/"):
            above.add(folder)
            folder = os.path.dirname(folder)
    found = [folder for folder in above if os.path.isdir(os.path.join(top, folder, FOLDER))]
    return tuple(sorted(found, key=lambda folder: (-folder.count("/") - bool(folder), folder)))


def md5_in(path: bytes) -> str | None:
    """The MD5 by which a cache would have a file at this path; ``None`` for a path that is not of a cache's making."""
    found = _IN_CACHE.search(path)
    return (found[1] + found[2]).decode() if found else None
