"""What `checkout` and `get` return: what of a run is on the disk now, and what is not."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from runlore.errors import CannotRebuildError, CorruptError
from runlore.records.absent import DAMAGED, Absent
from runlore.records.hashing import ObjectId

UNCHANGED, CHANGED, GONE = "unchanged", "changed", "gone"


class Outside(NamedTuple):
    """A file or folder that a run read outside its project, by its absolute path.

    ``stored`` is whether the store has it; ``status`` what is there now: ``unchanged``, ``changed`` or ``gone``.
    """

    path: str
    oid: ObjectId
    size: int
    stored: bool
    status: str


class FromDvc(NamedTuple):
    """What DVC had, and the store had not: paths by whether its cache had them, or which of its remotes.

    ``failures`` says what of DVC's could not be read, or was something else.
    """

    cache: tuple[str, ...] = ()
    remotes: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    failures: tuple[str, ...] = ()


class Restored(NamedTuple):
    """What was put into a folder: how many files and bytes, what could not be, and what does not belong into it.

    ``borrowed`` are paths whose bytes the store did not have, and the project still had; ``cached`` those that DVC's
    cache had; ``spoilt`` files of that cache that hold something else.
    """

    files: int
    bytes: int
    missing: tuple[Absent, ...]
    borrowed: tuple[str, ...]
    outside: tuple[Outside, ...]
    cached: tuple[str, ...] = ()
    spoilt: tuple[str, ...] = ()


class CheckedOut(NamedTuple):
    """What `checkout` put into which folder; ``outside_restored`` is whether files from outside were put there too."""

    run: str
    folder: str
    files: int
    bytes: int
    missing: tuple[Absent, ...]
    borrowed: tuple[str, ...]
    outside: tuple[Outside, ...]
    outside_restored: bool
    dvc: FromDvc = FromDvc()

    @property
    def exit_code(self) -> int:
        """0 if the run is there as it was; 13 if something is damaged, 15 if something is missing or has changed."""
        here = all(each.status == UNCHANGED or (self.outside_restored and each.stored) for each in self.outside)
        return _lack(self.missing) or (0 if here else CannotRebuildError.exit_code)


class Got(NamedTuple):
    """A file or folder of a run that was put on the disk: its path in the run, and the absolute one it has now.

    ``role`` is what it was to the run: ``output``, ``input``, ``config`` or ``code``; ``None`` for a folder.
    """

    run: str
    path: str
    role: str | None
    target: str
    files: int
    bytes: int
    missing: tuple[Absent, ...]
    dvc: FromDvc = FromDvc()

    @property
    def exit_code(self) -> int:
        """0 if all of it is there; else as that of `CheckedOut`."""
        return _lack(self.missing)


def _lack(missing: tuple[Absent, ...]) -> int:
    if any(each.why == DAMAGED for each in missing):
        return CorruptError.exit_code
    return CannotRebuildError.exit_code if missing else 0
