"""The listing of a folder that DVC tracks: a JSON file, kept under its own MD5, with the MD5 of each file."""

import hashlib
import json
import os
from collections.abc import Mapping

from runlore.records.origins import FOLDER, is_md5
from runlore.records.shapes import label

MOST = 32 << 20
"""Bytes that are read of one: some 300,000 files."""


def files_in(data: bytes, md5: str) -> Mapping[str, str] | None:
    """The MD5 of each file by its path in the folder; ``None`` if these are not the bytes of that listing."""
    if len(data) > MOST or hashlib.md5(data, usedforsecurity=False).hexdigest() + FOLDER != md5:
        return None
    try:
        rows = json.loads(data)
    except (ValueError, RecursionError):
        return None
    found: dict[str, str] = {}
    for row in rows if isinstance(rows, list) else ():
        path, of = (row.get("relpath"), row.get("md5")) if isinstance(row, dict) else (None, None)
        if isinstance(path, str) and is_md5(of) and not of.endswith(FOLDER) and _stays(path):
            found[path] = of
    return found


def _stays(path: str) -> bool:
    """Whether it is the path of a file in the folder, and written in one way only."""
    return label(path) and "\0" not in path and path == os.path.normpath(path) and path[:1] != "/" and path[:2] != ".."
