"""What a check of a store can find, with the codes of section 10 of ``docs/internals/store-format.md``."""

from typing import NamedTuple

ERROR, WARNING = "error", "warning"

AGAIN = "copy it from another store that has it, or run the command again"
AWAY = "move it away"
PACK_AWAY = "move this pack out of .mlrun/packs; the next mlrun exec stores again what the project still has"


class Problem(NamedTuple):
    """Something that is not as the format says. ``code`` is stable, ``path`` from the store's folder."""

    code: str
    severity: str
    path: str
    message: str
    hint: str | None = None


def unreadable(path: str, error: OSError) -> Problem:
    """What to say of a file that cannot be read."""
    return Problem("unreadable", ERROR, path, error.strerror or "cannot be read")
