"""`mlrun why`."""

from typing import Annotated

import typer

from runlore.cli.options import RUN_HELP, Json, seconds
from runlore.cli.progress import Progress, count
from runlore.cli.verb import EXITS, Call, verb
from runlore.errors import UsageError
from runlore.ops.hybrids.results import FOUND, PLAN, WhyRequest
from runlore.ops.hybrids.trials import Budget

_RUNS = 50
_LONGEST = 55


def _budget(text: str) -> Budget:
    """``20`` for as many runs, ``2h`` for as long; or both, ``20,2h``."""
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


def _said(what: str) -> str:
    """What is told of while it runs, in one line: names of files and words of commands are in it."""
    from runlore.present.term.safe import visible  # noqa: PLC0415 - only once something runs

    text = visible(what)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


@verb(
    examples={
        "mlrun why best @": "what made the newest other than the best",
        "mlrun why best @ --metric accuracy": "of several metrics, this one",
        "mlrun why best @ --dry-run": "run nothing; what would be swapped",
        "mlrun why best @ --budget 20,2h": "at most 20 runs and two hours",
    },
    exits={
        0: "it is known what made the metric change; --dry-run: the plan",
        1: "it is not: noise, not among what can be swapped, or out of budget",
        **STATUSES,
    },
)
def command(  # noqa: PLR0913 - one for each option
    call: Call,
    *,
    a: A,
    b: B,
    metric: MetricName = None,
    budget: Spending = USUAL,
    jobs: Jobs = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Run nothing; show what would be swapped.")] = False,
    trust: Trust = False,
    timeout: Timeout = None,
    json: Json = False,
) -> None:
    """Find which difference between two runs made a metric change.

    Both are run again, to see whether they are apart by more than noise. Then runs are put together of parts of
    both, each recorded like any other, until the change is put down to the lines of code, parameters, packages,
    files or rows that make it. Nothing is run twice: what was run before is remembered.
    """
    from runlore.ops.why import why  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    request = WhyRequest(
        a=a,
        b=b,
        folder=here.folder,
        environ=here.environ,
        metric=metric,
        budget=budget,
        jobs=jobs,
        dry_run=dry_run,
        trusted=trust,
        timeout=timeout,
    )
    try:
        with unwinding(), Progress(here.out, count, goes_on=True) as progress:
            found = why(request, lambda what, done, total: progress(_said(what), done, total))
    except Terminated as end:
        raise typer.Exit(-end.number) from None
    here.out.show("why/1", found, json=json)
    raise typer.Exit(0 if found.verdict in {FOUND, PLAN} else 1)
