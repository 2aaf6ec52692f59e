"""What can be said about an `exec` before anything is done, and what is left behind after it."""

import os
from typing import TYPE_CHECKING

from runlore.errors import UsageError

if TYPE_CHECKING:
    from runlore.cli.output import Output
    from runlore.ops.results import Run

_TRACES = ("auto", "native", "strace", "python", "off")
_PLACES_NOW, _PLACES_LATER = ("local",), ("slurm", "ray")


def check_choice(option: str, value: str, now: tuple[str, ...], later: tuple[str, ...] = ()) -> None:
    """Nothing, if ``value`` is one of ``now``.

    Raises:
        UsageError: it is not available yet, or unknown.
    """
    if value in later:
        raise UsageError(f'{option} "{value}" is not available yet', hint=f"use {option} {now[0]}")
    if value not in now:
        raise UsageError(f'{option} cannot be "{value}"', hint=f"choose one of {', '.join((*now, *later))}")


def check_options(trace: str, on: str) -> None:
    """Nothing, if what is asked for can be done.

    Raises:
        UsageError: it cannot, or not yet.
    """
    check_choice("--trace", trace, _TRACES)
    check_choice("--on", on, _PLACES_NOW, _PLACES_LATER)


def record_path(record: str | None, folder: str) -> str | None:
    """Where the finished run is written, absolute.

    Raises:
        UsageError: nothing can be written there; said before the command runs, not after.
    """
    if record is None:
        return None
    path = os.path.join(folder, record)
    if record == "-":
        raise UsageError("--record needs a file", hint="standard output belongs to the command")
    if os.path.isdir(path) or not os.path.isdir(os.path.dirname(path)):
        raise UsageError(f'--record cannot write "{record}"', hint="name a file in a folder that exists")
    return path


def forget_record(path: str | None) -> None:
    """Remove the record of an earlier run: nobody shall take it for that of one which could not be recorded.

    Raises:
        UsageError: it cannot be removed.
    """
    if path is None:
        return
    from runlore.ops.writeout import is_special  # noqa: PLC0415 - only with --record

    if is_special(path):
        return
    try:
        os.unlink(os.path.realpath(path))
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f'--record cannot write "{path}": {error.strerror}') from error


def write_record(path: str | None, run: "Run | None", out: "Output") -> None:
    """The run as ``run/1`` in the file, whole or not at all; what goes wrong is said and changes nothing else."""
    if path is None:
        return
    from runlore.present.term.exec import ours, warning  # noqa: PLC0415 - only with --record

    if run is None:
        out.say([ours(warning(f'nothing was recorded, so "{path}" was not written'))])
        return
    from runlore.ops.writeout import write_out  # noqa: PLC0415 - only with --record
    from runlore.present.json import text  # noqa: PLC0415 - only with --record

    try:
        write_out(path, f"{text('run/1', run)}\n".encode("ascii"))
    except OSError as error:
        out.say([ours(warning(f'cannot write "{path}": {error.strerror}'))])
