"""Something of a run that could not be restored, and why."""

from typing import NamedTuple

from runlore.records.hashing import ObjectId

MISSING, DAMAGED, REFUSED = "missing", "damaged", "refused"


class Absent(NamedTuple):
    """A file or folder that was not restored.

    ``why`` is ``missing`` (its bytes are not in the store), ``damaged``, or ``refused``: its name or place could do
    harm or cannot be had here; ``detail`` says how.
    """

    path: str
    oid: ObjectId
    size: int
    why: str = MISSING
    detail: str = ""
