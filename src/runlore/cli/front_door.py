"""Runs one command line and turns whatever comes of it into an exit status and words for a person or a script."""

import gc
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from runlore.cli.here import Here, working_folder
from runlore.cli.line import run_line
from runlore.cli.output import Output
from runlore.cli.quick import exec_line
from runlore.cli.words import ours, verb
from runlore.errors import MlrunError

INTERRUPTED = 130
BUG = 3
NOT_STARTED = 125
_EXEC_STATUSES = (2, 125, 126, 127)
_GARBAGE = (200_000, 20, 100)


def run(args: Sequence[str]) -> int:
    """The exit status of the command line ``args`` (without the program's name), after saying what is to be said."""
    environ = dict(os.environ)
    out = Output(environ)
    try:
        return _dispatch(list(args), Here(working_folder(), environ, out))
    except MlrunError as error:
        _explain(out, args, error.code, error.message, error.hint)
        return _status(args, error.exit_code)
    except BrokenPipeError:
        # The reader has seen enough. Nothing more can be written, not even by the interpreter's own last flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one place where a bug of ours meets the user
        _confess(out, args, error, environ)
        return _status(args, BUG)


def leave(status: int) -> NoReturn:
    """End the process now: with this status, or by the signal that it is the negative of.

    Taking the interpreter apart first would cost as much as starting it did.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            try:
                stream.flush()
            except OSError:
                continue
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
        status = 128 - status  # where the signal is blocked
    os._exit(status)


def _dispatch(args: list[str], here: Here) -> int:
    # Objects by the thousand are made below that live to the end; looking for garbage among them finds none.
    gc.set_threshold(*_GARBAGE)
    if (line := exec_line(args)) is not None:
        return run_line(line, here)
    import typer  # noqa: PLC0415 - half of the start of every command; `--version` does without
    from typer._click.exceptions import ClickException, NoArgsIsHelpError  # noqa: PLC0415 - the same

    from runlore.cli.app import app  # noqa: PLC0415 - the same

    try:
        group = typer.main.get_command(app)
        with group.make_context("mlrun", args, obj=here) as context:
            group.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except NoArgsIsHelpError as nothing:
        here.out.complain(f"{nothing.message}\n")
        return nothing.exit_code
    except ClickException as error:
        from runlore.cli.usage import usage_error  # noqa: PLC0415 - only for a wrong command line

        raise usage_error(error, verb(args)) from error
    return 0


def _status(args: Sequence[str], status: int) -> int:
    """`exec`'s other statuses belong to the command it runs."""
    return NOT_STARTED if verb(args) == "exec" and status not in _EXEC_STATUSES else status


def _explain(out: Output, args: Sequence[str], code: str, message: str, hint: str | None) -> None:
    if "--json" in ours(args):
        from runlore.present.json import error_text  # noqa: PLC0415 - one of two views

        out.complain(f"{error_text(code, message, hint)}\n")
        return
    from runlore.present.term.error import lines  # noqa: PLC0415 - one of two views

    out.say(lines(message, hint))


def _confess(out: Output, args: Sequence[str], error: Exception, environ: Mapping[str, str]) -> None:
    from runlore.cli.crash import report, where_to_report  # noqa: PLC0415 - only after a bug

    path = report(error, args, environ)
    written = f'please send "{path}" to {where_to_report()}' if path else f"please tell {where_to_report()}"
    _explain(out, args, "bug", f"this is a bug in mlrun: {type(error).__name__}", f"{written}; it holds no secrets")
