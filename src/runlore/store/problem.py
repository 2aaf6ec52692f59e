"""What a check of a store can find, with the codes of section 10 of ``docs/internals/store-format.md``."""

from typing import NamedTuple

from runlore.records.fields import MalformedRecordError, NewerSchemaError

ERROR, WARNING = "error", "warning"

AGAIN = "mlrun fsck --repair brings it back if a remote has it; or copy it from another store, or run the command again"
AWAY = "move it away"
REPAIR = "mlrun fsck --repair"
PACK_AWAY = "mlrun fsck --repair sets it aside; the next mlrun exec stores again what the project still has"


class Problem(NamedTuple):
    """Something that is not as the format says. ``code`` is stable, ``path`` from the store's folder."""

    code: str
    severity: str
    path: str
    message: str
    hint: str | None = None


def malformed(path: str, error: MalformedRecordError, hint: str) -> Problem:
    """What to say of a record that is not what it should be; one that a newer mlrun wrote is no damage."""
    if isinstance(error, NewerSchemaError):
        return Problem("record-newer", WARNING, path, str(error), "pip install --upgrade runlore")
    return Problem("record-malformed", ERROR, path, str(error), hint)


def unreadable(path: str, error: OSError) -> Problem:
    """What to say of a file that cannot be read."""
    return Problem("unreadable", ERROR, path, error.strerror or "cannot be read")
