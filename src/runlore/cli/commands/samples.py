"""`mlrun samples`."""

from typing import Annotated, Any

import typer

from runlore.cli.options import RUN_HELP, Json, conditions, few, lost, smallest
from runlore.cli.verb import EXITS, Call, verb
from runlore.errors import UsageError

Name = str | None


def _column(option: str, what: str) -> Any:  # noqa: ANN401 - typer's own
    return typer.Option(option, metavar="COL", help=f"The column that is {what}.", show_default=False)


@verb(
    examples={
        "mlrun samples @": "the worst samples, and where errors are",
        "mlrun samples @ -n 50 --csv": "for a data frame",
        "mlrun samples @~1 @": "what was fixed, and what broke",
        "mlrun samples best @ --exit-code": "for CI: has any slice got worse",
    },
    exits={
        0: "done",
        1: "with --exit-code: B is worse than A",
        10: EXITS[10],
        12: "no such run, or it has no samples",
        13: "the samples are damaged",
        14: "of a pulled run: its samples are not here yet",
    },
)
def command(  # noqa: PLR0913 - one for each option that people and scripts rely on
    call: Call,
    *,
    run: Annotated[str, typer.Argument(metavar="RUN", help=RUN_HELP, show_default=False)],
    other: Annotated[
        Name, typer.Argument(metavar="[B]", help="As RUN. With it: what has changed from RUN to B.", show_default=False)
    ] = None,
    limit: Annotated[
        int, typer.Option("-n", "--limit", metavar="N", parser=few, help="At most N samples, and as many slices.")
    ] = 10,
    split: Annotated[Name, typer.Option("--split", metavar="SPLIT", help="Only these, such as test.")] = None,
    file: Annotated[Name, typer.Option("--file", metavar="PATH", help="In this file that the run made.")] = None,
    by_id: Annotated[Name, _column("--id", "the id")] = None,
    target: Annotated[Name, _column("--target", "right")] = None,
    prediction: Annotated[Name, _column("--prediction", "predicted")] = None,
    loss: Annotated[Name, _column("--loss", "the loss")] = None,
    depth: Annotated[
        int, typer.Option("--depth", metavar="N", parser=conditions, help="Slices of at most 1, 2 or 3 conditions.")
    ] = 2,
    least_slice: Annotated[
        int | None,
        typer.Option(
            "--least-slice", metavar="K", parser=smallest, help="Slices of at least K samples.", show_default=False
        ),
    ] = None,
    most_loss: Annotated[
        float | None,
        typer.Option(
            "--most-loss", metavar="X", parser=lost, help="No slice may lose more than X.", show_default=False
        ),
    ] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 1 if B is worse.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print the samples as comma-separated values.")] = False,
    json: Json = False,
) -> None:
    """Show the failing samples of a run, or what changed between two.

    The worst samples, and the slices that hold more of the error than chance explains: conditions on the
    columns that came with the samples, and on the true and the predicted class.
    """
    if csv and json:
        raise typer.BadParameter("choose one of --csv and --json")
    if other is None and (exit_code or most_loss is not None):
        raise UsageError("--exit-code and --most-loss compare two runs", hint=f"mlrun samples best {run}")
    from runlore.insight.samples.looking import Wish  # noqa: PLC0415 - usage errors and help need none of it
    from runlore.insight.samples.results import Roles  # noqa: PLC0415 - the same
    from runlore.ops.samples import Limits, samples, samples_diff  # noqa: PLC0415 - the same

    here = call.obj
    wish = Wish(Roles(by_id, target, prediction, loss), split, limit, depth, least_slice or 0)
    if other is None:
        here.out.show("samples/1", samples(here.folder, run, wish, file=file), json=json, csv=csv)
        return
    found = samples_diff(here.folder, (run, other), wish, Limits(file, most_loss))
    here.out.show("samples-diff/1", found, json=json, csv=csv)
    raise typer.Exit(1 if exit_code and not found.passed else 0)
