"""What `why` and `bisect` share: options, exit statuses, and how a search over many runs is watched and stopped."""

import re
from collections.abc import Callable
from typing import Annotated, Any

import typer

from runlore.cli.here import Here
from runlore.cli.options import RUN_HELP, seconds
from runlore.cli.progress import Progress, count
from runlore.cli.verb import EXITS
from runlore.errors import UsageError
from runlore.ops.counted import Progress as Told
from runlore.ops.hybrids.results import FOUND, PLAN
from runlore.ops.hybrids.trials import Budget

_LONGEST = 55
"""Characters of what is told of."""


def spend(text: str) -> Budget:
    """``20`` for as many runs, ``2h`` for as long, ``20,2h`` for both; raises `UsageError`."""
    runs: int | None = None
    time: float | None = None
    for each in text.split(","):
        if re.fullmatch("[0-9]{1,6}", each.strip()):
            runs = int(each)
        else:
            try:
                time = seconds(each)
            except UsageError:
                raise UsageError(f'--budget cannot be "{text}"', hint="write 20 for runs, 2h, or 20,2h") from None
    return Budget(runs, time, f"{text.strip()} runs" if time is None else text.strip())


A = Annotated[str, typer.Argument(metavar="A", help=RUN_HELP, show_default=False)]
B = Annotated[str, typer.Argument(metavar="B", help="As A.", show_default=False)]
MetricName = Annotated[
    str | None, typer.Option("-m", "--metric", metavar="NAME", help="Which metric; the only one if left out.")
]
Spending = Annotated[
    Budget,
    typer.Option(
        "--budget", metavar="RUNS|TIME", parser=spend, help="At most so many new runs, or so long: 20, 2h, 20,2h."
    ),
]
USUAL: Any = "50"
"""The budget where none is said; the parser reads it."""
Jobs = Annotated[int, typer.Option("-j", "--jobs", metavar="N", min=1, help="So many runs at a time.")]
Trust = Annotated[bool, typer.Option("--trust", help="Run them though others made them.")]
Timeout = Annotated[
    float | None,
    typer.Option("--timeout", metavar="TIME", parser=seconds, help="End a run after this time: 90s, 10m, 2h."),
]
STATUSES: dict[int | str, str] = {
    10: EXITS[10],
    12: EXITS[12],
    13: "something is damaged in the store",
    15: "one of the two cannot be run again",
    17: "refused: others made the runs, and nobody allowed it",
}


def searched(here: Here, schema: str, search: Callable[[Told], Any], *, json: bool) -> int:
    """Search and show what was found; the exit status, negative for a signal to end by."""
    from runlore.execute.signals import Terminated, unwinding  # noqa: PLC0415 - usage errors and help need none of it

    try:
        with unwinding(), Progress(here.out, count, goes_on=True) as progress:
            found = search(lambda what, done, total: progress(_said(what), done, total))
    except Terminated as end:
        return -end.number
    here.out.show(schema, found, json=json)
    return 0 if found.verdict in {FOUND, PLAN} else 1


def _said(what: str) -> str:
    """What is told of while it runs, in one line: names of files and words of commands are in it."""
    from runlore.present.term.safe import visible  # noqa: PLC0415 - only once something runs

    text = visible(what)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
