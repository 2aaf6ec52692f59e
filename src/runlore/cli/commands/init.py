"""`mlrun init`."""

from runlore.cli.options import Json
from runlore.cli.verb import Call, verb


@verb(
    examples={"mlrun init": "in this project", "mlrun -C ~ init": "even in a home folder"},
    exits={0: "there is a store now, or was before", 125: "it cannot be written"},
)
def command(call: Call, *, json: Json = False) -> None:
    """Make a store here.

    Hardly ever needed: the first mlrun exec does it, but never in a home folder or at the root. The
    store is the folder .mlrun at the top of the git work tree, or here without one. Git ignores it.
    """
    from runlore.ops.init import init  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    here.out.show("init/1", init(here.folder, here.environ), json=json)
