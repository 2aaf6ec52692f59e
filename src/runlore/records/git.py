"""What git says about a work tree at the moment a run starts."""

from collections.abc import Mapping
from typing import NamedTuple


class GitFacts(NamedTuple):
    """The base a run's code stands on, and how far it had moved from it.

    ``commit`` is ``None`` before the first commit and ``branch`` with a detached HEAD. Paths are
    relative to the top of the work tree and may hold lone surrogates for bytes that are not UTF-8.
    ``dirty`` is whether the code tree is another than that of ``commit``, untracked files included.
    ``modified`` are tracked paths that differ from ``commit``, staged or not, deleted or added;
    ``untracked`` are those git neither tracks nor ignores. Remote URLs carry no credentials. A
    submodule has facts of its own under its path; its paths are relative to the submodule.
    """

    commit: str | None
    branch: str | None
    remotes: Mapping[str, str]
    dirty: bool
    modified: tuple[str, ...]
    untracked: tuple[str, ...]
    submodules: tuple[Mapping[str, object], ...] = ()
    shallow: bool = False
