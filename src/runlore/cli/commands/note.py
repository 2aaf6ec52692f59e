"""`mlrun note`."""

from typing import Annotated

import typer

from runlore.cli.options import Json, Run
from runlore.cli.verb import EXITS, Call, verb


@verb(
    examples={
        "mlrun note": "read the notes on the newest run",
        'mlrun note best "on the cleaned set"': "write one on a run",
        'mlrun note -m "loss spikes at step 900"': "write one on the newest run",
    },
    exits={0: "done", 10: EXITS[10], 12: EXITS[12]},
)
def command(
    call: Call,
    *,
    run: Run = "@",
    text: Annotated[str | None, typer.Argument(metavar="TEXT", help="What to write.", show_default=False)] = None,
    message: Annotated[str | None, typer.Option("-m", "--message", metavar="TEXT", help="What to write.")] = None,
    json: Json = False,
) -> None:
    """Write a note on a run, or read its notes.

    Notes are added, never changed; each says who wrote it and when.
    """
    from runlore.ops.note import add_note, notes  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    if text is not None and message is not None:
        raise typer.BadParameter("the text is given twice; leave out -m or TEXT", ctx=call)
    words = message if text is None else text
    found = notes(here.folder, run) if words is None else add_note(here.folder, run, words)
    here.out.show("note-list/1", found, json=json)
