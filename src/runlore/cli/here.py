"""Where and for whom a command runs: read once at the front door and passed down."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from runlore.cli.output import Output
from runlore.errors import UsageError


class Here(NamedTuple):
    """The working folder (absolute; ``None`` if it was removed), the environment variables, the way out."""

    working: str | None
    environ: Mapping[str, str]
    out: Output

    @property
    def folder(self) -> str:
        """The working folder; raises `UsageError` if it is gone. What needs none, as help, never asks."""
        if self.working is None:
            raise UsageError("the working folder no longer exists", hint="go to another one with cd")
        return self.working

    def within(self, folder: str) -> "Here":
        """The same, in another folder.

        Raises:
            UsageError: there is no such folder.
        """
        path = os.path.normpath(folder if os.path.isabs(folder) else os.path.join(self.folder, folder))
        if not os.path.isdir(path):
            raise UsageError(f'there is no folder "{folder}"')
        return self._replace(working=path)


def working_folder() -> str | None:
    """The folder the process is in; ``None`` if it was removed."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return None
