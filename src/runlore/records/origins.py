"""From where else an input can be had: what another tool knows it by."""

import re
from typing import NamedTuple, TypeGuard

from runlore.records.canonical import Json

DVC = "dvc"
FOLDER = ".dir"
"""How the MD5 of a folder ends: it is that of the folder's listing."""
_MD5 = re.compile(r"[0-9a-f]{32}(?:\.dir)?")


class Origin(NamedTuple):
    """A file or folder of the inputs that DVC tracks.

    ``path`` is that of the input, or of what lies in it, or of a folder that it lies in; ``size`` its bytes; ``root``
    the folder of the DVC project, from the top, empty if that is the top.
    """

    by: str
    path: str
    md5: str
    size: int
    root: str = ""

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, whose listing has the MD5 of each file."""
        return self.md5.endswith(FOLDER)


def is_md5(value: Json) -> TypeGuard[str]:
    """Whether it is an MD5 as DVC writes it: it becomes part of a path."""
    return isinstance(value, str) and _MD5.fullmatch(value) is not None
