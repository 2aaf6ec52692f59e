"""``mlrun``, ``runlore`` and ``python -m runlore``: where every command starts."""

import os
import sys


def main() -> None:
    """Run the command line of this process and end it with the exit status."""
    args = sys.argv[1:]
    if args == ["--version"]:  # decided here: the parser behind the other door costs more than all the rest
        from runlore.version import __version__  # noqa: PLC0415 - nothing more is needed

        try:
            os.write(1, f"mlrun {__version__}\n".encode())
        except BrokenPipeError:
            return  # whoever asked has gone
    else:
        from runlore.cli.front_door import leave, run  # noqa: PLC0415 - not needed above

        leave(run(args))


if __name__ == "__main__":
    main()
