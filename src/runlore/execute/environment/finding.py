"""What is to be said about one part of a rebuilt environment."""

from typing import NamedTuple

EXACT, DIFFERS, MISSING, NEAREST, FETCH = "exact", "differs", "missing", "nearest", "fetch"


class Finding(NamedTuple):
    """``part`` is ``python``, ``platform``, ``environment`` or the name of a distribution.

    ``status`` is ``exact``, ``differs``, ``missing``, ``nearest`` (another patch release of Python), or, before
    anything is built, ``fetch`` for what the index would be asked for. ``detail`` is a sentence for a person.
    """

    part: str
    status: str
    detail: str
