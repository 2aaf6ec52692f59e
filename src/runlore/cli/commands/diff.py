"""`mlrun diff`."""

from typing import Annotated

import typer

from runlore.cli.options import RUN_HELP, Json, part
from runlore.cli.verb import EXITS, Call, verb
from runlore.errors import CorruptError


@verb(
    examples={
        "mlrun diff": "the newest run and the one before it",
        "mlrun diff best @": "a tag and the newest",
        "mlrun diff @~1 @ --patch": "with the changed lines of code",
        "mlrun diff --only code --stat": "how much of which file",
        "mlrun diff best @ --exit-code": "for scripts: are they the same",
    },
    exits={
        0: "done",
        1: "with --exit-code: they differ",
        10: EXITS[10],
        12: EXITS[12],
        13: "some of it is damaged in the store; the rest was shown",
    },
)
def command(  # noqa: PLR0913 - one for each option that people and scripts rely on
    call: Call,
    *,
    a: Annotated[str, typer.Argument(metavar="A", help=f"{RUN_HELP} Left out: @~1.", show_default=False)] = "@~1",
    b: Annotated[str, typer.Argument(metavar="B", help="As A. Left out: @.", show_default=False)] = "@",
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="PART",
            parser=part,
            help="command, params, code, config, environment, inputs, metrics, outputs or resources; may be repeated.",
        ),
    ] = None,
    patch: Annotated[bool, typer.Option("-p", "--patch", help="Show the changed lines of code too.")] = False,
    stat: Annotated[bool, typer.Option("--stat", help="One line for each part.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 1 if they differ.")] = False,
    json: Json = False,
) -> None:
    """Show what is different between two runs.

    What can matter comes first. What cannot have mattered, such as a package that neither run
    imported, comes last. Metrics are held against the noise of repeated runs where there are any.
    """
    from runlore.ops.diff import diff  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    found = diff(here.folder, a, b, only=only or (), patch=patch)
    here.out.show("diff/1", found, json=json, stat=stat)
    if found.damaged:
        parts = dict.fromkeys(each.part for each in found.damaged)
        raise CorruptError(f"not all could be compared: {', '.join(parts)}", hint="mlrun fsck says what is damaged")
    raise typer.Exit(1 if exit_code and not found.identical else 0)
