"""`mlrun complete`: what the completion scripts call."""

from typing import Annotated

import typer

from runlore.cli.verb import Call, verb


@verb(examples={"mlrun complete -- show 3f": "what may follow"}, exits={0: "done"}, options_first=True)
def command(call: Call, *, words: Annotated[list[str], typer.Argument(metavar="WORD...")]) -> None:
    """Print what the last of these words may become; for completion scripts."""
    from runlore.cli.complete import answers  # noqa: PLC0415 - help needs none of it

    here = call.obj
    here.out.write_text(answers(words, here))
