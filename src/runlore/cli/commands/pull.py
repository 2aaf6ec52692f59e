"""`mlrun pull`."""

from typing import Annotated

import typer

from runlore.cli.options import JsonLines, RemoteName, SomeRuns
from runlore.cli.progress import Progress
from runlore.cli.request import check_choice
from runlore.cli.verb import EXITS, Call, verb

_DATA = ("all", "none")


@verb(
    examples={
        "mlrun pull": "the records of every run, which are light",
        "mlrun pull best": "and all that a run is made of",
        "mlrun pull best --data none": "without its input data",
        "mlrun pull -r backup": "from another remote",
    },
    exits={
        0: "what the remote has is here",
        10: EXITS[10],
        12: EXITS[12],
        14: "the remote failed, or gave what it should not; what came before stays",
        15: "the remote has not all of a run that was named",
    },
)
def command(
    call: Call,
    *,
    runs: SomeRuns = None,
    remote: RemoteName = None,
    data: Annotated[
        str, typer.Option("--data", metavar="WHICH", help="Input data of the runs named: all or none.")
    ] = "all",
    json: JsonLines = False,
) -> None:
    """Bring runs from a remote.

    Without a RUN the records alone: they can be listed, shown and compared, and get, checkout and reproduce bring
    what they need. Nothing of what comes is executed.
    """
    check_choice("--data", data, _DATA)
    from runlore.ops.pull import PullRequest, pull  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    with Progress(here.out, events=json, goes_on=True) as progress:
        pulled = pull(here.folder, PullRequest(tuple(runs or ()), remote, data != "none"), here.environ, progress)
    here.out.show("pull/1", pulled, json=json, one_line=True)
    raise typer.Exit(15 if pulled.missing else 0)
