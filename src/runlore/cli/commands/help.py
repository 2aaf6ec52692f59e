"""`mlrun help`."""

from typing import Annotated

import typer

from runlore.cli.topics import text_of
from runlore.cli.verb import Call, verb


@verb(
    examples={
        "mlrun help": "the commands and topics",
        "mlrun help reproduce": "a command, as mlrun reproduce --help",
        "mlrun help revisions": "how a run is named",
    },
    exits={0: "done"},
)
def command(
    call: Call,
    *,
    word: Annotated[
        str | None, typer.Argument(metavar="[COMMAND|TOPIC]", help="What to explain.", show_default=False)
    ] = None,
) -> None:
    """Explain a command, or a topic such as revisions."""
    call.obj.out.stream([text_of(word, call.find_root()).encode()])
