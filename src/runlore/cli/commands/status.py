"""`mlrun status`."""

from runlore.cli.options import Json
from runlore.cli.verb import Call, verb


@verb(
    examples={
        "mlrun status": "what the next run would record",
        "mlrun -C ../other status": "the same in another folder",
    },
    exits={0: "done, also where there is no store yet"},
)
def command(call: Call, *, json: Json = False) -> None:
    """Show what exec would record now.

    The code and what is left out of it, the interpreter and its packages, and how the code differs
    from that of the newest run. Nothing is run and nothing is written.
    """
    from runlore.ops.status import status  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    here.out.show("status/1", status(here.folder, here.environ), json=json)
