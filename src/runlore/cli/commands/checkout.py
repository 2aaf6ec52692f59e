"""`mlrun checkout`."""

from typing import Annotated

import typer

from runlore.cli.options import RUN_HELP, Json
from runlore.cli.progress import Progress
from runlore.cli.verb import EXITS, Call, verb


@verb(
    examples={
        "mlrun checkout @ ../again": "the newest run",
        "mlrun checkout best /tmp/b --outputs": "with what it made",
        "mlrun checkout @~1 . --force": "what is missing here",
    },
    exits={
        0: "all of it is there",
        10: EXITS[10],
        12: EXITS[12],
        13: "something is damaged in the store; the rest was restored",
        14: "the run was pulled, and its remote failed",
        15: "not all can be restored, the rest was; or DIR cannot be written",
        17: "refused: files in DIR would be lost; nothing was changed",
    },
)
def command(  # noqa: PLR0913, PLR0917 - one for each option
    call: Call,
    run: Annotated[str, typer.Argument(metavar="RUN", help=RUN_HELP, show_default=False)],
    target: Annotated[str, typer.Argument(metavar="DIR", help="Where to; made if it does not exist.")],
    outputs: Annotated[bool, typer.Option("--outputs", help="Restore what it made as well.")] = False,
    outside: Annotated[
        bool, typer.Option("--outside", help="Put files from outside the project into DIR/.outside.")
    ] = False,
    link: Annotated[
        bool, typer.Option("--link", help="Share large files with the store, read-only, where they cannot be cloned.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Add to a folder that is not empty.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace other files there, but no uncommitted change.")
    ] = False,
    json: Json = False,
) -> None:
    """Rebuild a run's code and data in a folder.

    The code it ran with, committed or not, the config files and the stored data that it read, each as it
    was, at its path. Nothing runs, and DIR appears complete or not at all.
    """
    from runlore.ops.checkout import Choice, checkout  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    choice = Choice(outputs=outputs, outside=outside, link=link, force=force, overwrite=overwrite)
    with Progress(here.out) as progress:
        made = checkout(here.folder, run, target, choice, here.environ, progress)
    here.out.show("checkout/1", made, json=json)
    raise typer.Exit(made.exit_code)
