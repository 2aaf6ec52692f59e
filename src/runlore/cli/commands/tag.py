"""`mlrun tag`."""

from typing import Annotated

import typer

from runlore.cli.options import NEWEST, Json
from runlore.cli.verb import EXITS, Call, verb


@verb(
    examples={
        "mlrun tag": "list the names",
        "mlrun tag best": "name the newest run",
        "mlrun tag -f best 3f9a": "give the name to another run",
        "mlrun tag -d best": "take the name away",
    },
    exits={
        0: "done",
        10: EXITS[10],
        12: EXITS[12],
        17: "refused: another run has that name, and -f was not given",
    },
)
def command(  # noqa: PLR0913 - one for each option that people and scripts rely on
    call: Call,
    *,
    name: Annotated[str | None, typer.Argument(metavar="TAG", help="The name.", show_default=False)] = None,
    run: Annotated[str | None, typer.Argument(metavar="RUN", help=NEWEST, show_default=False)] = None,
    delete: Annotated[bool, typer.Option("-d", "--delete", help="Take the name away.")] = False,
    force: Annotated[bool, typer.Option("-f", "--force", help="Take it from the run that has it.")] = False,
    json: Json = False,
) -> None:
    """Name a run, or list the names.

    A tag stands for its run wherever a RUN is asked for. Who gave it and when is kept for good.
    """
    from runlore.ops import tag  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    if name is None and (delete or force):
        raise typer.BadParameter("which tag?", ctx=call)
    if delete and run is not None:
        raise typer.BadParameter("-d takes a TAG and no RUN", ctx=call)
    if name is None:
        here.out.show("tag-list/1", tag.list_tags(here.folder), json=json)
    elif delete:
        here.out.show("tag-list/1", tag.delete_tag(here.folder, name), json=json, verb="deleted ")
    else:
        here.out.show("tag-list/1", tag.add_tag(here.folder, name, run or "@", force=force), json=json)
