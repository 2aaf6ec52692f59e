"""What a person asks `reproduce` to do."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from runlore.records.paths import is_below


class ReproduceRequest(NamedTuple):
    """A run by name, in the absolute working folder ``folder``, and how it is to be repeated.

    ``into`` is a folder to run in that stays; ``env`` is ``exact``, ``current`` or a lock file. What follows makes it
    another run than it was: ``sets`` gives parameters other values, ``data`` puts other files in the place of inputs,
    ``code`` is a run whose code is taken or ``worktree``, ``extra`` are words behind the command. ``tolerance`` is by
    metric, relative; under ``*`` for all of them, ``None`` for the noise of runs with the same fingerprint.
    ``timeout`` is seconds.
    """

    run: str
    folder: str
    environ: Mapping[str, str]
    into: str | None = None
    env: str = "exact"
    sets: Mapping[str, str] = {}
    data: Mapping[str, str] = {}
    code: str | None = None
    extra: tuple[str, ...] = ()
    tolerance: Mapping[str, float | None] = {}
    trusted: bool = False
    timeout: float | None = None

    @property
    def varies(self) -> bool:
        """Whether it is meant to be another run than it was."""
        return bool(self.sets or self.data or self.code or self.extra)


def stands_below(path: str, replaced: Collection[str]) -> bool:
    """Whether another file or folder stands in for this one."""
    return any(is_below(path, each) for each in replaced)
