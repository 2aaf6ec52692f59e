"""`mlrun config`."""

from typing import Annotated

import typer

from runlore.cli.options import Json
from runlore.cli.verb import EXITS, Call, verb


@verb(
    examples={
        "mlrun config": "every setting with its meaning",
        "mlrun config data.limit": "the value of one",
        "mlrun config data.limit 5GiB": "change it for this store",
        "mlrun config --unset data.limit": "back to the default",
    },
    exits={0: "done", 10: EXITS[10], 16: "there is no such setting, or it cannot have that value"},
)
def command(
    call: Call,
    *,
    key: Annotated[str | None, typer.Argument(metavar="KEY", help="The setting.", show_default=False)] = None,
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="Its new value.", show_default=False)] = None,
    unset: Annotated[bool, typer.Option("--unset", help="Back to the default.")] = False,
    json: Json = False,
) -> None:
    """Show or change settings.

    Settings belong to the store and travel with it. None of them can name a program.
    """
    from runlore.ops import config  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    if unset and (key is None or value is not None):
        raise typer.BadParameter("--unset needs a KEY and no VALUE", ctx=call)
    if key is None:
        here.out.show("config/1", config.settings(here.folder), json=json)
    elif unset:
        here.out.show("config/1", config.unset_setting(here.folder, key), json=json)
    elif value is not None:
        here.out.show("config/1", config.set_setting(here.folder, key, value), json=json)
    else:
        here.out.show("config/1", config.get_setting(here.folder, key), json=json)
