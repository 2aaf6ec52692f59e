"""Where and for whom a command runs: read once at the front door and passed down."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from runlore.cli.output import Output
from runlore.errors import UsageError


class Here(NamedTuple):
    """The working folder (absolute), the environment variables and the way out of the process."""

    folder: str
    environ: Mapping[str, str]
    out: Output

    def within(self, folder: str) -> "Here":
        """The same, in another folder.

        Raises:
            UsageError: there is no such folder.
        """
        path = os.path.normpath(os.path.join(self.folder, folder))
        if not os.path.isdir(path):
            raise UsageError(f'there is no folder "{folder}"')
        return self._replace(folder=path)


def working_folder() -> str:
    """The folder the process is in.

    Raises:
        UsageError: it was removed.
    """
    try:
        return os.getcwd()
    except FileNotFoundError as error:
        raise UsageError("the working folder no longer exists", hint="go to another one with cd") from error
