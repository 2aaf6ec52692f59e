"""`mlrun plot`."""

from typing import Annotated

import typer

from runlore.cli.options import Json, Metrics, Runs
from runlore.cli.request import check_choice
from runlore.cli.verb import EXITS, Call, verb
from runlore.errors import UsageError


def over(text: str) -> str:
    """``step`` or ``time``; raises `UsageError` for anything else."""
    check_choice("--x", text, ("step", "time"))
    return text


def weight(text: str | float) -> float:
    """A number from 0 to below 1; raises `UsageError` for anything else."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < 1:
        raise UsageError(f'--smooth cannot be "{text}"', hint="write a number from 0 to below 1: --smooth 0.9")
    return found


@verb(
    examples={
        "mlrun plot @": "every metric of the newest run",
        "mlrun plot @ @~1 best -m loss --log": "one metric of three runs",
        "mlrun plot @ --x time --smooth 0.9": "over the time, smoothed",
        "mlrun plot @ -m loss --follow": "while it goes on",
        "mlrun plot @ @~1 -o curves.svg": "as a file",
    },
    exits={
        0: "done",
        3: "the file cannot be written",
        10: EXITS[10],
        12: "no such run or metric, or nothing to draw",
        13: "the series are damaged",
    },
)
def command(  # noqa: PLR0913 - one for each option that people and scripts rely on
    call: Call,
    *,
    runs: Runs,
    metric: Metrics = None,
    x: Annotated[
        str, typer.Option("--x", metavar="AXIS", parser=over, help="step, or time: seconds since the run began.")
    ] = "step",
    log: Annotated[bool, typer.Option("--log", help="A logarithmic axis for the values.")] = False,
    smooth: Annotated[
        float, typer.Option("--smooth", metavar="WEIGHT", parser=weight, help="Moving average, 0 to below 1.")
    ] = 0.0,
    output: Annotated[
        str | None, typer.Option("-o", "--output", metavar="FILE", help="Write a .svg or .png instead.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Draw again and again until the runs have ended.")] = False,
    json: Json = False,
) -> None:
    """Draw the curves of runs, here or as a file.

    A panel for each metric, with the curves of all the runs. What is not finite is a gap, and is counted
    below. However many points there are, the highest and the lowest are seen.
    """
    from runlore.cli.drawing import Drawing  # noqa: PLC0415 - usage errors and help need none of it
    from runlore.ops import plot  # noqa: PLC0415 - the same

    here = call.obj
    drawing = Drawing(here, output, json=json)
    asked = (here.folder, runs, metric or (), plot.Manner(x, log, smooth))
    if follow:
        drawing.follow(plot.follow(*asked, drawing.pause))
    else:
        drawing.show(plot.plot(*asked))
