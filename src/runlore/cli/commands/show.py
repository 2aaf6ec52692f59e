"""`mlrun show`."""

from typing import Annotated

import typer

from runlore.cli.options import Json, Run
from runlore.cli.verb import EXITS, Call, verb


@verb(
    examples={
        "mlrun show": "the newest run",
        "mlrun show @~1 --log": "what the one before it printed",
        "mlrun show best --patch | git apply": "its uncommitted changes",
    },
    exits={0: "done", 10: EXITS[10], 12: EXITS[12], 13: "what is asked for is damaged in the store"},
)
def command(
    call: Call,
    *,
    run: Run = "@",
    patch: Annotated[bool, typer.Option("--patch", help="Print the uncommitted changes it ran with.")] = False,
    log: Annotated[bool, typer.Option("--log", help="Print its output.")] = False,
    json: Json = False,
) -> None:
    """Show everything recorded about a run.

    Warnings come first: what was not kept or not seen, and why.
    """
    from runlore.ops import show  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    if patch + log + json > 1:
        raise typer.BadParameter("choose one of --patch, --log and --json")
    if patch:
        here.out.stream([show.patch(here.folder, run)])
    elif log:
        here.out.stream(show.log(here.folder, run), colour=True)
    elif json:
        here.out.show("run/1", show.show(here.folder, run), json=True)
    else:
        found = show.page(here.folder, run)
        here.out.show("run/1", found.run, curves=found.curves)
