"""Starts the process of a command, as a shell would start it."""

import errno
import os
import subprocess
from collections.abc import Mapping, Sequence

from runlore.errors import CommandNotFoundError, CommandNotRunnableError, StartError
from runlore.execute.streams import Streams

_SHELL = "/bin/sh"
_HEAD = 80
"""Bytes of a file without a first line such as ``#!/bin/sh`` that a shell looks at before it takes it for a script."""


def start(  # noqa: PLR0913 - one call, each part named
    program: str, argv: Sequence[str], *, cwd: str, env: Mapping[str, str], streams: Streams, own_group: bool
) -> int:
    """The id of a new process that runs the file ``program`` and sees ``argv``. Whoever calls waits for it.

    Raises:
        CommandNotFoundError, CommandNotRunnableError: it could not be started.
    """

    def run(program: str, argv: Sequence[str]) -> int:
        started = subprocess.Popen(
            argv,
            executable=program,
            cwd=cwd,
            env=env,
            stdout=streams.given(1),
            stderr=streams.given(2),
            close_fds=False,  # ours close themselves; what was given to us is for it, such as a shell's /dev/fd/63
            process_group=0 if own_group else None,
        )
        started.returncode = 0  # we wait for it ourselves, to learn what it used
        return started.pid

    try:
        try:
            return run(program, argv)
        except OSError as error:
            if error.errno != errno.ENOEXEC or not _is_text(program):
                raise
            return run(_SHELL, (_SHELL, program, *argv[1:]))
    except (OSError, ValueError) as error:
        raise _start_error(program, cwd, error) from error


def _is_text(program: str) -> bool:
    try:
        with open(program, "rb") as file:
            return b"\0" not in file.read(_HEAD)
    except OSError:
        return False


def _start_error(program: str, cwd: str, error: OSError | ValueError) -> StartError:
    if not isinstance(error, OSError):  # a null byte, which no command line can hold
        return CommandNotRunnableError(f'cannot start "{program}": {error}')
    why = os.strerror(error.errno or 0).lower()
    if error.filename == cwd:
        return CommandNotRunnableError(f'cannot enter "{cwd}": {why}')
    if error.errno == errno.ENOENT:  # of a script also when its interpreter is missing
        hint = "the program its first line names does not exist" if os.path.exists(program) else None
        return CommandNotFoundError(f'cannot start "{program}": {why}', hint=hint)
    return CommandNotRunnableError(f'cannot start "{program}": {why}')
