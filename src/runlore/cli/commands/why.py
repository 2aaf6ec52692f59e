"""`mlrun why`."""

from typing import Annotated

import typer

from runlore.cli.options import Json
from runlore.cli.searching import STATUSES, USUAL, A, B, Jobs, MetricName, Spending, Timeout, Trust, searched
from runlore.cli.verb import Call, verb
from runlore.ops.hybrids.results import WhyRequest


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
    request = WhyRequest(a, b, here.folder, here.environ, metric, budget, jobs, dry_run, trust, timeout)
    raise typer.Exit(searched(here, "why/1", lambda progress: why(request, progress), json=json))
