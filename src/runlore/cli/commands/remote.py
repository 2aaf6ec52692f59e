"""`mlrun remote`."""

from typing import Annotated

import typer

from runlore.cli.options import Json
from runlore.cli.request import check_choice
from runlore.cli.verb import EXITS, Call, verb

_ACTIONS = ("add", "list", "remove")


@verb(
    examples={
        "mlrun remote add origin s3://team/digits": "a bucket",
        "mlrun remote add gpu1 ana@gpu1:runs/digits": "a folder on a machine with SSH",
        "mlrun remote add usb /media/usb/digits": "a folder",
        "mlrun remote": "which there are",
    },
    exits={
        0: "done",
        10: EXITS[10],
        14: "there is no such remote, or it cannot be reached",
        17: "refused: the name has another URL",
    },
)
def command(  # noqa: PLR0913 - one for each option that people and scripts rely on
    call: Call,
    *,
    action: Annotated[
        str, typer.Argument(metavar="[ACTION]", help="add, list or remove.", show_default=False)
    ] = "list",
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="What to call it.", show_default=False)] = None,
    url: Annotated[
        str | None,
        typer.Argument(metavar="[URL]", help="A folder, host:path, ssh://, s3:// ...", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("-f", "--force", help="Give a name that is taken another URL.")] = False,
    unseen: Annotated[bool, typer.Option("--unseen", help="Add it without trying it out.")] = False,
    json: Json = False,
) -> None:
    """Say where runs are shared.

    What is added is tried out: whether it can be read and written, lists what was written, and how long it takes.
    Credentials are those of ssh, of AWS's files and variables, or of what else the URL is opened with. They never
    come into the store.
    """
    check_choice("ACTION", action, _ACTIONS)
    words = {"add": 2, "list": 0, "remove": 1}[action]
    if sum(each is not None for each in (name, url)) != words:
        raise typer.BadParameter("write add NAME URL, remove NAME, or list", ctx=call)
    from runlore.ops import remote  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    if action == "add":
        added = remote.add(here.folder, name or "", url or "", here.environ, force=force, unseen=unseen)
        here.out.show("remote-list/1", added, json=json)
    elif action == "remove":
        here.out.show("remote-list/1", remote.remove(here.folder, name or ""), json=json, removed=True)
    else:
        here.out.show("remote-list/1", remote.list_remotes(here.folder), json=json)
