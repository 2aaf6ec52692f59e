"""`mlrun push`."""

from typing import Annotated

import typer

from runlore.cli.options import JsonLines, RemoteName, SomeRuns
from runlore.cli.progress import Progress
from runlore.cli.request import check_choice
from runlore.cli.verb import EXITS, Call, verb

_DATA = ("all", "missing", "none")


@verb(
    examples={
        "mlrun push": "every run that the remote lacks",
        "mlrun push best @": "two of them",
        "mlrun push --dry-run": "only say how much that would be",
        "mlrun push --data none": "without input data",
        "mlrun push -r backup": "to another remote",
    },
    exits={
        0: "the remote has them",
        10: EXITS[10],
        12: EXITS[12],
        13: "something that is to be sent is damaged here",
        14: "the remote failed; the next push goes on from there",
        15: "a run that was named cannot be sent",
        17: "refused: what looks like a secret would leave",
    },
)
def command(  # noqa: PLR0913 - one for each option that people and scripts rely on
    call: Call,
    *,
    runs: SomeRuns = None,
    remote: RemoteName = None,
    data: Annotated[
        str,
        typer.Option("--data", metavar="WHICH", help="Input data: all, what is missing elsewhere, or none."),
    ] = "missing",
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow-secret", metavar="ID", help="Send it though it looks like a secret. Repeat for more."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("-n", "--dry-run", help="Only say what would be sent.")] = False,
    json: JsonLines = False,
) -> None:
    """Send runs to a remote.

    Their records, code, packages and outputs, and the data they read, as far as the remote has not got them.
    Nothing there is written over, so several people may push at once. A push that was interrupted goes on
    where it was.
    """
    check_choice("--data", data, _DATA)
    from runlore.ops.push import PushRequest, push  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    request = PushRequest(tuple(runs or ()), remote, data, dry_run, tuple(allow or ()))
    with Progress(here.out, events=json, goes_on=True) as progress:
        pushed = push(here.folder, request, here.environ, progress)
    here.out.show("push/1", pushed, json=json, one_line=True)
