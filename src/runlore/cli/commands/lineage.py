"""`mlrun lineage`."""

from typing import Annotated

import typer

from runlore.cli.options import Json, most, most_away
from runlore.cli.progress import Progress, count
from runlore.cli.verb import EXITS, Call, verb


@verb(
    examples={
        "mlrun lineage model.pt": "which run made this file",
        "mlrun lineage @": "all about the newest run",
        "mlrun lineage best:train.csv --down": "which runs that data went into",
        "mlrun lineage @ --dot | dot -Tsvg -o a.svg": "as a drawing",
    },
    exits={
        0: "done",
        1: "no run on record has anything to do with it",
        10: EXITS[10],
        12: "nothing, or more than one thing, is meant by that",
        13: "the record of the run is damaged",
    },
)
def command(  # noqa: PLR0913 - one for each option
    call: Call,
    *,
    what: Annotated[
        str,
        typer.Argument(
            metavar="FILE|RUN|OBJECT",
            help="A file or folder here, a run, RUN:PATH, or 8 or more digits of an object's id.",
            show_default=False,
        ),
    ],
    up: Annotated[bool, typer.Option("--up", help="Only what it came from.")] = False,
    down: Annotated[bool, typer.Option("--down", help="Only what came of it.")] = False,
    depth: Annotated[
        int, typer.Option("--depth", metavar="N", parser=most_away, help="At most N runs away; 0 for all.")
    ] = 10,
    limit: Annotated[
        int,
        typer.Option(
            "-n", "--limit", metavar="N", parser=most, help="At most N files of a run, and runs of a file; 0 for all."
        ),
    ] = 10,
    dot: Annotated[bool, typer.Option("--dot", help="Print a graph for Graphviz.")] = False,
    json: Json = False,
) -> None:
    """Show what a file or run came from, and what came of it.

    A file is known by its content: renamed, moved or downloaded again, it is the same.
    """
    from runlore.ops.lineage import lineage  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    if dot and json:
        raise typer.BadParameter("choose one of --dot and --json")
    with Progress(here.out, count) as progress:
        found = lineage(
            here.folder, what, up=up or not down, down=down or not up, depth=depth, limit=limit, progress=progress
        )
    if dot:
        from runlore.present.dot import text  # noqa: PLC0415 - one of three views

        here.out.print(text(found))
    else:
        here.out.show("lineage/1", found, json=json)
    raise typer.Exit(found.exit_code)
