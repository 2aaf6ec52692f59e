"""`mlrun list`."""

from typing import Annotated

import typer

from runlore.cli.options import Json, column_names, most, run_state
from runlore.cli.progress import Progress, count
from runlore.cli.verb import EXITS, Call, verb


@verb(
    examples={
        "mlrun list": "the newest 20",
        "mlrun list -n 0 -e ablation": "every run of an experiment",
        "mlrun list --where 'metrics.acc > 0.9'": "those that did well",
        "mlrun list --where 'since yesterday'": "those of two days",
        "mlrun list --sort -metrics.acc": "the best first",
        "mlrun list --group experiment": "those of each together",
        "mlrun list --columns id,params.lr,state": "choose what is shown",
        "mlrun list --csv -n 0 > runs.csv": "for a spreadsheet",
    },
    exits={0: "done, also when there are no runs", 10: EXITS[10]},
)
def command(  # noqa: PLR0913 - one for each option that people and scripts rely on
    call: Call,
    *,
    limit: Annotated[
        int, typer.Option("-n", "--limit", metavar="N", parser=most, help="At most N runs; 0 for all.")
    ] = 20,
    experiment: Annotated[
        str | None, typer.Option("-e", "--experiment", metavar="NAME", help="Only runs of this experiment.")
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            "--state",
            metavar="STATE",
            parser=run_state,
            help="Only running, succeeded, failed, killed, crashed or reused ones.",
        ),
    ] = None,
    where: Annotated[
        str | None,
        typer.Option("--where", metavar="EXPR", help="Only runs for which this holds: metrics.acc > 0.9 and ..."),
    ] = None,
    sort: Annotated[
        str | None, typer.Option("--sort", metavar="COLUMN", help="Smallest first; -COLUMN for largest first.")
    ] = None,
    group: Annotated[
        str, typer.Option("--group", metavar="COLUMN", help="Put runs together that are alike in this.")
    ] = "",
    columns: Annotated[
        str,
        typer.Option("--columns", metavar="A,B,...", help="What to show: id, state, params.K, metrics.K ..."),
    ] = "",
    csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    json: Json = False,
) -> None:
    """List the recorded runs, newest first (also: log).

    On a terminal as many columns are shown as fit: the parameters in which the shown runs differ and
    the metrics most of them have. A star after the commit says that the code was not as committed.
    """
    from runlore.ops.list import list_runs  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    if csv and json:
        raise typer.BadParameter("choose one of --csv and --json")
    names = column_names(columns)
    with Progress(here.out, count) as progress:
        found = list_runs(
            here.folder,
            limit=limit or None,
            experiment=experiment,
            state=state,
            where=where,
            sort=sort,
            progress=progress,
        )
    if group:
        from runlore.present.columns import group_runs  # noqa: PLC0415 - rarely asked for

        found = group_runs(found, group)
    filtered = where is not None or bool(experiment or state)
    here.out.show("run-list/1", found, json=json, csv=csv, columns=names, group=group, filtered=filtered)
