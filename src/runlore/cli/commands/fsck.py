"""`mlrun fsck`."""

from typing import Annotated

import typer

from runlore.cli.options import Json
from runlore.cli.progress import Progress
from runlore.cli.verb import EXITS, Call, verb
from runlore.errors import UsageError


@verb(
    examples={
        "mlrun fsck": "read and check every byte",
        "mlrun fsck --quick": "leave the contents of large files unread",
        "mlrun fsck --repair": "set damaged files aside; bring them from a remote",
        "mlrun fsck origin": "what was pushed there",
    },
    exits={
        0: "the store is sound",
        1: "it is not; what is wrong was said",
        10: EXITS[10],
        14: "there is no such remote, or it cannot be reached",
    },
)
def command(
    call: Call,
    *,
    remote: Annotated[
        str | None, typer.Argument(metavar="[REMOTE]", help="Check this remote instead.", show_default=False)
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Set damaged files aside, mend them, or bring them from a remote.")
    ] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Check structure, not the contents of files.")] = False,
    json: Json = False,
) -> None:
    """Check the store.

    Every object is what its name says, every record can be read, and nothing that a record names is
    missing. Without --repair nothing is changed, but for damaged caches, which are deleted and made anew. Each finding
    has a code that stays the same from version to version.
    """
    here = call.obj
    with Progress(here.out) as progress:
        if repair:
            if remote is not None or quick:
                raise UsageError("--repair is for the store here, and reads all of it", hint="mlrun fsck --repair")
            from runlore.ops.repair import repair as mended  # noqa: PLC0415 - as below

            report = mended(here.folder, here.environ, progress=progress)
        elif remote is None:
            from runlore.ops.fsck import fsck  # noqa: PLC0415 - usage errors and help need none of it

            report = fsck(here.folder, quick=quick, progress=progress)
        else:
            from runlore.ops.fsck_remote import fsck_remote  # noqa: PLC0415 - the same

            report = fsck_remote(here.folder, remote, here.environ, quick=quick, progress=progress)
    here.out.show("fsck/1", report, json=json)
    raise typer.Exit(0 if report.sound else 1)
