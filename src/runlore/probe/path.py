"""Where the probe lies, and how it gets onto the path of a child."""

from __future__ import annotations

import os

_SITE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "site")


def site_folder() -> str:
    """The absolute path of the folder that holds the probe's ``sitecustomize`` and nothing else."""
    return _SITE


def child_pythonpath(existing: str | None) -> str:
    """The child's PYTHONPATH: the probe's folder, then the user's own entries in their order.

    ``existing`` is the PYTHONPATH mlrun itself was started with. It is kept to the letter, because an
    empty entry means the working folder; but a PYTHONPATH that is empty as a whole means none.
    """
    own = without_probe(existing)
    if os.pathsep in _SITE:
        return own or ""  # PYTHONPATH has no way to write such a folder: the run goes unobserved, but undisturbed
    return _SITE if not own else _SITE + os.pathsep + own


def without_probe(pythonpath: str | None) -> str | None:
    """``pythonpath`` as the user set it; ``None`` where nothing of it is left or was there."""
    if not pythonpath:
        return None
    entries = [entry for entry in pythonpath.split(os.pathsep) if entry != _SITE]
    return os.pathsep.join(entries) if entries else None
