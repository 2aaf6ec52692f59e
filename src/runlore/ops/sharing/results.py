"""What remote, push, pull and clone come to."""

from collections.abc import Mapping
from typing import NamedTuple

from runlore.store.remote.trial import Trial


class Skipped(NamedTuple):
    """A run that was not sent, and why."""

    run: str
    why: str


class KeptByDvc(NamedTuple):
    """Files of the input data that were not sent, and their bytes."""

    files: int = 0
    bytes: int = 0


class Pushed(NamedTuple):
    """What a push did. ``parts`` are bytes by part of a run; ``there`` counts runs that were there before.

    ``dvc`` is what DVC keeps.
    """

    remote: str
    url: str
    runs: tuple[str, ...]
    events: int
    objects: int
    bytes: int
    parts: Mapping[str, int]
    there: int
    skipped: tuple[Skipped, ...]
    dry_run: bool = False
    dvc: KeptByDvc = KeptByDvc()


class Pulled(NamedTuple):
    """What a pull brought. ``removed`` are the runs that others have removed."""

    remote: str
    url: str
    runs: tuple[str, ...]
    authors: Mapping[str, int]
    """How many of the runs each author made."""
    events: int
    removed: tuple[str, ...]
    objects: int
    bytes: int
    missing: tuple[str, ...] = ()
    """What of the runs that were asked for the remote does not have."""
    own_removed: tuple[str, ...] = ()
    """Those of ``removed`` that were made here."""


class Cloned(NamedTuple):
    """A new project: its folder, and what was pulled into it."""

    folder: str
    pulled: Pulled


class RemoteInfo(NamedTuple):
    """A remote: its name, its URL, and whether it is the one meant without a name."""

    name: str
    url: str
    default: bool
    trial: Trial | None = None
    """What it really does, if that was just tried."""


class Remotes(NamedTuple):
    """The remotes of a store."""

    remotes: tuple[RemoteInfo, ...]
