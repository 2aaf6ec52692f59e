"""`mlrun gc`."""

from typing import Annotated

import typer

from runlore.cli.options import Json, grace, newer_than
from runlore.cli.verb import EXITS, Call, verb


@verb(
    examples={
        "mlrun gc": "runs removed two weeks ago",
        "mlrun gc --now": "and those removed since",
        "mlrun gc --dry-run": "only say what that would be",
        "mlrun gc --keep-last 99 --keep-best acc:5": "forget all other runs",
        "mlrun gc --keep-newer-than 30d -e sweep7": "forget its older runs",
        "mlrun gc origin": "what no run there needs",
    },
    exits={
        0: "done",
        10: EXITS[10],
        11: "others write to the store all the time, or another gc is at work",
        12: "no run has the metric by which the best are kept",
        13: "a run that stays cannot be read; nothing was collected",
        14: "the remote failed or is damaged; what it has can be pulled",
        17: "refused: runs would be erased by rules, and nobody said that they may",
    },
)
def command(  # noqa: PLR0913 - one for each option
    call: Call,
    *,
    remote: Annotated[
        str | None, typer.Argument(metavar="[REMOTE]", help="Clean this remote instead.", show_default=False)
    ] = None,
    grace: Annotated[
        float | None,
        typer.Option(
            "--grace",
            metavar="TIME",
            parser=grace,
            help="Keep runs that were removed since then; 14d if left out, 7d on a remote.",
        ),
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="Keep no removed run.")] = False,
    envs: Annotated[
        bool, typer.Option("--envs", help="Also environments that were made again and not used for 30 days.")
    ] = False,
    last: Annotated[int | None, typer.Option("--keep-last", metavar="N", min=0, help="Keep the newest N runs.")] = None,
    tagged: Annotated[bool, typer.Option("--keep-tagged", help="Keep tagged runs, as every rule does.")] = False,
    best: Annotated[
        list[str] | None,
        typer.Option(
            "--keep-best",
            metavar="METRIC:K",
            help="Keep the K runs with the best last value; METRIC:K:min or max says which is better (repeat).",
        ),
    ] = None,
    newer: Annotated[
        float | None,
        typer.Option("--keep-newer-than", metavar="TIME", parser=newer_than, help="Keep runs begun since then: 30d."),
    ] = None,
    experiment: Annotated[
        str | None, typer.Option("-e", "--experiment", metavar="NAME", help="The rules are for its runs alone.")
    ] = None,
    no_lineage: Annotated[
        bool, typer.Option("--no-lineage", help="Do not keep the runs that made what kept runs read.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("-n", "--dry-run", help="Only say what would go.")] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask whether runs may be erased by rules.")] = False,
    json: Json = False,
) -> None:
    """Free what no run needs, and forget runs by rules.

    Removed runs are erased for good once their time is over, and with them whatever no other run needs.
    With one of the --keep options, runs that none of them keeps are removed and erased at once; a person at a
    terminal is asked before. Without one no run is removed.
    """
    from runlore.cli.collection import Asked, run_clean, run_gc  # noqa: PLC0415 - usage errors and help need none of it

    asked = Asked(
        grace=grace,
        now=now,
        envs=envs,
        last=last,
        tagged=tagged,
        best=tuple(best or ()),
        newer=newer,
        experiment=experiment,
        lineage=not no_lineage,
        dry_run=dry_run,
        yes=yes,
    )
    if remote is None:
        run_gc(asked, call.obj, json=json)
    else:
        run_clean(remote, asked, call.obj, json=json)
