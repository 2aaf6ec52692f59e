"""``mlrun``, ``runlore`` and ``python -m runlore``: where every command starts."""

import _signal  # type: ignore[import-not-found]  # without the enumerations of `signal`, which cost more than all this
import os
import sys


def main() -> None:
    """Run the command line of this process and end it with the exit status."""
    waits = _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler
    if waits:
        # While we import, Ctrl-C ends the process as the system does it. Python would raise an exception wherever
        # the import system is, which shows it or takes it for something else.
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    _fill_standard_descriptors()
    _leave_the_users_path()
    args = sys.argv[1:]
    if args == ["--version"]:  # decided here: the parser behind the other door costs more than all the rest
        from runlore.version import __version__  # noqa: PLC0415 - nothing more is needed

        try:
            os.write(1, f"mlrun {__version__}\n".encode())
        except BrokenPipeError:
            return  # whoever asked has gone
    else:
        try:
            from runlore.cli.front_door import leave, run  # noqa: PLC0415 - not needed above

            if waits:
                _signal.signal(_signal.SIGINT, _signal.default_int_handler)
            leave(run(args))
        except KeyboardInterrupt:  # before there is anything to be said, or after everything was
            os._exit(130)


def _fill_standard_descriptors() -> None:
    """Open the null device in the place of closed ones, or a file of ours would become the standard output.

    It is not inherited: what was closed for us is closed for a command that we run.
    """
    while (number := os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)) < 3:  # noqa: PLR2004 - the lowest that is free
        pass
    os.close(number)


def _leave_the_users_path() -> None:
    """Import nothing from where PYTHONPATH or ``python -m`` in a project would look before our own libraries.

    What lies there is for the user's programs: perhaps of another Python, perhaps a stranger's `json.py`.
    """
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    try:
        here = os.getcwd()
    except OSError:
        here = ""
    theirs = {os.path.join(here, entry) for entry in entries} | {here, ""}
    sys.path[:] = [entry for entry in sys.path if entry == own or entry not in theirs]


if __name__ == "__main__":
    main()
