"""`mlrun environment`."""

from typing import Annotated

import typer

from runlore.cli.options import Json, Run
from runlore.cli.progress import Progress
from runlore.cli.request import check_choice
from runlore.cli.verb import EXITS, Call, verb

_ACTIONS = ("lock", "vendor")
_FORMATS = ("pylock", "requirements")


@verb(
    examples={
        "mlrun environment lock best -o pylock.toml": "for uv and pip",
        "mlrun environment lock --format requirements": "versions alone",
        "mlrun environment vendor best": "keep every package",
    },
    exits={
        0: "done",
        10: EXITS[10],
        12: EXITS[12],
        15: "a package cannot be had, or the environment is not on record",
        17: "refused: others made the run, and nobody allowed it",
    },
)
def command(  # noqa: PLR0913 - one for each option that people and scripts rely on
    call: Call,
    *,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="lock or vendor.", show_default=False)],
    run: Run = "@",
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="Write the lock there.", show_default=False)
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="pylock (PEP 751) or requirements.")
    ] = "pylock",
    json: Json = False,
) -> None:
    """Lock a run's packages, or keep them all.

    What was vendored is made again without any network, whatever happens to the index.
    """
    check_choice("ACTION", action, _ACTIONS)
    check_choice("--format", form, _FORMATS)
    if action == "vendor" and (output is not None or form != "pylock"):
        raise typer.BadParameter("-o and --format belong to lock", ctx=call)
    from runlore.ops import environment  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    if action == "vendor":
        with Progress(here.out) as progress:
            found = environment.vendor(here.folder, run, here.environ, progress)
        here.out.show("environment-vendor/1", found, json=json)
        return
    locked = environment.lock(here.folder, run, here.environ, form=form, output=output)
    here.out.show("environment-lock/1", locked, json=json)
