"""`mlrun get`."""

from typing import Annotated

import typer

from runlore.cli.options import Json
from runlore.cli.progress import Progress
from runlore.cli.verb import EXITS, Call, verb
from runlore.errors import UsageError

_STDOUT = "-"


@verb(
    examples={
        "mlrun get best:model.pt": "what the run made",
        "mlrun get @:data/train.csv -o old.csv": "what it read",
        "mlrun get @~3:train.py -o - | diff - train.py": "its code, into a pipe",
        "mlrun get @:out -o /tmp/out": "a folder",
    },
    exits={
        0: "it is there",
        10: EXITS[10],
        12: "no run is meant by that name, or it has no such file",
        13: "it is damaged in the store",
        14: "the run was pulled, and its remote failed",
        15: "it is not in the store, or cannot be written",
        17: "refused: another file is there; nothing was changed",
    },
)
def command(  # noqa: PLR0913 - one for each option
    call: Call,
    *,
    file: Annotated[
        str,
        typer.Argument(
            metavar="RUN:PATH", help="A run, and a path in its project or an absolute one.", show_default=False
        ),
    ],
    to: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="Where to; - is standard output.")
    ] = None,
    only_inputs: Annotated[
        bool, typer.Option("--input", help="What the run read, though it made a file of that path.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace another file there.")] = False,
    json: Json = False,
) -> None:
    """Get a file of a run.

    A file that it made, a file that it read as it was then, a config file, or one of its code. A folder comes
    with everything of the run in it.
    """
    from runlore.ops import get  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    run, _, path = file.partition(":")
    if not (run and path):
        raise UsageError(f'"{file}" is not a file of a run', hint=f"write RUN:PATH, as in {run or '@'}:train.py")
    if json and to == _STDOUT:
        raise typer.BadParameter("choose one of -o - and --json")
    wanted = get.Wanted(run, path, only_inputs)
    if to == _STDOUT:
        with Progress(here.out) as progress:
            here.out.stream(get.read(here.folder, wanted, environ=here.environ, progress=progress))
        return
    with Progress(here.out) as progress:
        got = get.get(here.folder, wanted, to, force=force, environ=here.environ, progress=progress)
    here.out.show("get/1", got, json=json)
    raise typer.Exit(got.exit_code)
