"""`mlrun doctor`."""

import typer

from runlore.cli.options import Json
from runlore.cli.verb import Call, verb


@verb(
    examples={"mlrun doctor": "before you ask for help", "mlrun doctor --json": "to attach to a report"},
    exits={0: "nothing stands in the way", 1: "a check failed; its hint says what to do"},
)
def command(call: Call, *, json: Json = False) -> None:
    """Check this machine.

    What mlrun can use here (git, the interpreter, the file system, the store) and what will be
    missing from records for want of it.
    """
    from runlore.ops.doctor import checkup  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    found = checkup(here.folder, here.environ)
    here.out.show("doctor/1", found, json=json)
    raise typer.Exit(1 if any(check.status == "fail" for check in found.checks) else 0)
