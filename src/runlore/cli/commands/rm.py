"""`mlrun rm`."""

from typing import Annotated

import typer

from runlore.cli.options import Json, Runs
from runlore.cli.verb import EXITS, Call, verb


@verb(
    examples={"mlrun rm @": "remove the newest run", "mlrun rm --undo 3f9a2c1b": "bring it back"},
    exits={0: "done", 10: EXITS[10], 12: EXITS[12] + "; nothing was removed", 17: "refused: the run is still running"},
)
def command(
    call: Call,
    *,
    runs: Runs,
    undo: Annotated[bool, typer.Option("--undo", help="Bring removed runs back.")] = False,
    json: Json = False,
) -> None:
    """Remove runs, or bring them back.

    A removed run is no longer listed and its names no longer mean it. Its record and files stay in
    the store, so that it can be brought back.
    """
    from runlore.ops.rm import remove, restore  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    here.out.show("removed/1", (restore if undo else remove)(here.folder, tuple(runs)), json=json)
