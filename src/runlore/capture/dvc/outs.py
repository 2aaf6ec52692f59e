"""What a `.dvc` file or a `dvc.lock` tracks: files and folders by their MD5.

A stranger may have written it. A path that leaves DVC's project and an MD5 that is none are passed over.
"""

import os
from collections.abc import Iterator
from typing import NamedTuple

from runlore.capture.config import MAX_VALUES_BYTES, parse
from runlore.records.canonical import Json
from runlore.records.origins import FOLDER, is_md5
from runlore.records.paths import is_below
from runlore.records.shapes import count, label

LOCK, PIPELINE, SUFFIX = "dvc.lock", "dvc.yaml", ".dvc"


class Out(NamedTuple):
    """A file or folder that DVC tracks: its path from the top of the project, its MD5, its bytes where they are said.

    The MD5 of a folder is that of its listing, and ends in ``.dir``.
    """

    path: str
    md5: str
    size: int | None = None

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.md5.endswith(FOLDER)


def of_file(data: bytes, folder: str, root: str) -> Iterator[Out]:
    """What a `.dvc` file in ``folder`` of the DVC project in ``root`` tracks; both are paths from the top, or empty."""
    found = _yaml(data)
    if isinstance(found, dict):
        yield from _outs(found.get("outs"), _joined(folder, found.get("wdir", ".")), root)


def of_lock(data: bytes, pipeline: bytes, folder: str, root: str) -> Iterator[Out]:
    """What the `dvc.lock` in ``folder`` tracks; ``pipeline`` are the bytes of the `dvc.yaml` beside it."""
    found = _yaml(data)
    if not isinstance(found, dict):
        return
    stages = found.get("stages", found)  # before DVC 2 they stood alone
    described = _yaml(pipeline)
    about = described.get("stages") if isinstance(described, dict) else None
    for name, stage in stages.items() if isinstance(stages, dict) else ():
        if isinstance(stage, dict):
            yield from _outs(stage.get("outs"), _joined(folder, _working_folder(about, str(name))), root)


def _working_folder(stages: Json, name: str) -> Json:
    """Where the paths of a stage count from; ``None`` where a template says it.

    `foreach` and `matrix` make stages ``NAME@…`` of the one that is described.
    """
    stage = stages.get(name, stages.get(name.partition("@")[0])) if isinstance(stages, dict) else None
    inner = stage.get("do", stage) if isinstance(stage, dict) else None
    where = inner.get("wdir", ".") if isinstance(inner, dict) else "."
    return where if isinstance(where, str) and "${" not in where else None


def _yaml(data: bytes) -> Json:
    """What the file says, as far as it is not too long; ``None`` for what is no YAML."""
    if len(data) > MAX_VALUES_BYTES:
        return None
    try:
        return parse(PIPELINE, data)[0]
    except (ValueError, RecursionError):
        return None


def _outs(rows: Json, folder: str | None, root: str) -> Iterator[Out]:
    for row in rows if isinstance(rows, list) and folder is not None else ():
        if not isinstance(row, dict) or row.get("cache") is False or row.get("push") is False:
            continue
        path, md5, size = _joined(folder or "", row.get("path")), row.get("md5"), row.get("size")
        if path and is_md5(md5) and (not root or is_below(path, root)):
            yield Out(path, md5, size if count(size) else None)


def _joined(folder: str, path: Json) -> str | None:
    """The path from the top, ``""`` for the top itself; ``None`` where it leads out, or is none."""
    if not isinstance(path, str) or not label(path) or "\0" in path or path.startswith("/"):
        return None
    whole = os.path.normpath(os.path.join(folder, path))
    return None if whole == ".." or whole.startswith("../") else "" if whole == "." else whole
