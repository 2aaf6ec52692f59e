"""`mlrun clone`."""

from typing import Annotated

import typer

from runlore.cli.options import JsonLines
from runlore.cli.progress import Progress
from runlore.cli.verb import Call, verb


@verb(
    examples={
        "mlrun clone s3://team/digits": "into the folder digits",
        "mlrun clone ana@gpu1:runs/digits here": "into another",
        "mlrun clone /mnt/share/digits": "from a folder",
    },
    exits={0: "it is there", 14: "the remote failed; nothing was made", 17: "refused: DIR is there and not empty"},
)
def command(
    call: Call,
    *,
    url: Annotated[str, typer.Argument(metavar="URL", help="A folder, host:path, ssh://, s3:// ...")],
    target: Annotated[str | None, typer.Argument(metavar="[DIR]", help="Where to.", show_default=False)] = None,
    json: JsonLines = False,
) -> None:
    """Make a project from a remote.

    With the records of all runs there, and the remote as origin. Code and data come with checkout, get or
    reproduce.
    """
    from runlore.ops.clone import clone  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    with Progress(here.out, events=json) as progress:
        cloned = clone(here.folder, url, target, here.environ, progress)
    here.out.show("clone/1", cloned, json=json, one_line=True)
