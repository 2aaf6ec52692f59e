"""`mlrun metrics`."""

import time
from collections.abc import Sequence
from typing import Annotated

import typer

from runlore.cli.here import Here
from runlore.cli.options import Json, Metrics, Runs, most
from runlore.cli.verb import EXITS, Call, verb

_PAUSE = 0.5
"""Seconds between two looks at runs that go on."""


@verb(
    examples={
        "mlrun metrics @": "every metric of the newest run",
        "mlrun metrics @ @~1 -m loss": "one metric of two runs",
        "mlrun metrics best --last": "what each came to",
        "mlrun metrics @ -m 'val/*' --csv > val.csv": "for a data frame",
        "mlrun metrics @ -m loss --follow": "while it goes on",
    },
    exits={
        0: "done, also when nothing was logged",
        10: EXITS[10],
        12: "no such run or metric",
        13: "the series are damaged",
    },
)
def command(  # noqa: PLR0913 - one for each option that people and scripts rely on
    call: Call,
    *,
    runs: Runs,
    metric: Metrics = None,
    last: Annotated[bool, typer.Option("--last", help="What each came to: last, min, max, count, step.")] = False,
    limit: Annotated[
        int, typer.Option("-n", "--limit", metavar="N", parser=most, help="At most N rows of the table; 0 for all.")
    ] = 50,
    csv: Annotated[bool, typer.Option("--csv", help="Print every point as comma-separated values.")] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Print points as they come, as --csv does, until the runs have ended.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what runs logged, point by point.

    A row for each step and a column for each metric. A run that goes on shows what it has logged so far.
    """
    from runlore.ops.metrics import metrics  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    if csv and json:
        raise typer.BadParameter("choose one of --csv and --json")
    if follow:
        if json or last:
            raise typer.BadParameter(f"choose one of --follow and {'--json' if json else '--last'}")
        _follow(here, runs, metric or ())
        return
    found = metrics(here.folder, runs, metric or (), last=last)
    here.out.show("metrics/1", found, json=json, csv=csv, last=last, limit=limit)


def _follow(here: Here, runs: Sequence[str], patterns: Sequence[str]) -> None:
    """Print the points as they come; each look is written at once."""
    from runlore.ops.metrics import follow  # noqa: PLC0415 - usage errors and help need none of it
    from runlore.present.csv_metrics import coming  # noqa: PLC0415 - the same

    for piece in coming(follow(here.folder, runs, patterns, lambda: time.sleep(_PAUSE))):
        here.out.table([piece])
