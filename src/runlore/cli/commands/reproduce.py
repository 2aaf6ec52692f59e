"""`mlrun reproduce`."""

from typing import Annotated

import typer

from runlore.cli.options import RUN_HELP, Json, seconds
from runlore.cli.verb import EXITS, Call, verb

Many = list[str] | None


@verb(
    examples={
        "mlrun reproduce best": "run it again, and compare",
        "mlrun reproduce best --check": "run nothing, only look",
        "mlrun reproduce best --tolerance loss=1e-6": "a metric may be apart",
        "mlrun reproduce best --set lr=0.01": "with another parameter",
        "mlrun reproduce best --data train.csv=new.csv": "with other data",
        "mlrun reproduce best --code worktree": "with the code as it is now",
        "mlrun reproduce best -- --epochs 3": "with more arguments",
    },
    exits={
        0: "it came to the same; --check: nothing is missing",
        1: "it came to something else; --check: something is missing",
        "1-124": "the command's own status, where it failed",
        10: EXITS[10],
        12: EXITS[12],
        13: "something is damaged in the store",
        15: "not reproducible: something that it takes cannot be had",
        17: "refused: others made the run, and nobody allowed it",
        125: "mlrun failed before the command started",
        "128+N": "signal N ended the command",
    },
)
def command(  # noqa: PLR0913 - one for each option
    call: Call,
    *,
    run: Annotated[str, typer.Argument(metavar="RUN", help=RUN_HELP, show_default=False)],
    words: Annotated[
        Many, typer.Argument(metavar="[-- ARG...]", help="More arguments for the command.", show_default=False)
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Run nothing: say what is there and what is missing.")] = False,
    into: Annotated[
        str | None, typer.Option("--into", metavar="DIR", help="Run in this new folder, and keep it.")
    ] = None,
    env: Annotated[
        str,
        typer.Option(
            "--env", metavar="WHICH", help="Packages: exact (as recorded), current (as here now) or a lock file."
        ),
    ] = "exact",
    sets: Annotated[
        Many, typer.Option("--set", metavar="KEY=VALUE", help="Another value for a parameter (repeat).")
    ] = None,
    data: Annotated[
        Many, typer.Option("--data", metavar="OLD=NEW", help="Another file in the place of an input (repeat).")
    ] = None,
    code: Annotated[
        str | None, typer.Option("--code", metavar="RUN", help="The code of another run, or of the worktree.")
    ] = None,
    tolerance: Annotated[
        Many,
        typer.Option(
            "--tolerance",
            metavar="METRIC=REL",
            help="How far a metric may be apart, relative; or noise, that of equal runs. *=REL is for all (repeat).",
        ),
    ] = None,
    trust: Annotated[bool, typer.Option("--trust", help="Run it though others made it.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="TIME", parser=seconds, help="End it after this time: 90, 90s, 10m, 2h."),
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print the verdict alone.")] = False,
    json: Json = False,
) -> None:
    """Run it again from what is on record, and compare.

    Code, config files and data are put into a folder of their own, the packages are installed at their exact
    versions, and the command runs there as it ran then; your own files are not touched. The new run is recorded,
    and the verdict says whether it came to the same: identical, equal-metrics, within-tolerance, different,
    failed or not-reproducible. What the command prints goes to standard error.
    """
    from runlore.cli.reproduction import Asked, run_check, run_reproduce  # noqa: PLC0415 - help needs none of it
    from runlore.cli.reproduction import request as read  # noqa: PLC0415 - the same

    here = call.obj
    asked = Asked(
        run=run,
        into=into,
        env=env,
        sets=tuple(sets or ()),
        data=tuple(data or ()),
        code=code,
        extra=tuple(words or ()),
        tolerance=tuple(tolerance or ()),
        trust=trust,
        timeout=timeout,
    )
    wanted = read(asked, here)
    raise typer.Exit(
        run_check(wanted, here, json=json) if check else run_reproduce(wanted, here, quiet=quiet, json=json)
    )
