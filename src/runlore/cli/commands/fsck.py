"""`mlrun fsck`."""

from typing import Annotated

import typer

from runlore.cli.options import Json
from runlore.cli.progress import Progress
from runlore.cli.verb import EXITS, Call, verb


@verb(
    examples={
        "mlrun fsck": "read and check every byte",
        "mlrun fsck --quick": "leave the contents of large files unread",
    },
    exits={0: "the store is sound", 1: "it is not; what is wrong was said", 10: EXITS[10]},
)
def command(
    call: Call,
    *,
    quick: Annotated[bool, typer.Option("--quick", help="Check structure, not the contents of files.")] = False,
    json: Json = False,
) -> None:
    """Check the store.

    Every object is what its name says, every record can be read, and nothing that a record names is
    missing. Nothing is changed. Each finding has a code that stays the same from version to version.
    """
    from runlore.ops.fsck import fsck  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    with Progress(here.out) as progress:
        report = fsck(here.folder, quick=quick, progress=progress)
    here.out.show("fsck/1", report, json=json)
    raise typer.Exit(0 if report.sound else 1)
