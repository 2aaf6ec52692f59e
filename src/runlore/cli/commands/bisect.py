"""`mlrun bisect`."""

from typing import Annotated

import typer

from runlore.cli.options import Json
from runlore.cli.searching import STATUSES, USUAL, A, B, Jobs, MetricName, Spending, Timeout, Trust, searched
from runlore.cli.verb import Call, verb
from runlore.ops.hybrids.results import WhyRequest


@verb(
    examples={
        "mlrun bisect best @": "with which commit the metric changed",
        "mlrun bisect best @ --metric accuracy": "of several metrics, this one",
        "mlrun bisect best @ --runs": "the recorded run since which it is so",
        "mlrun bisect best @ --dry-run": "which commits there are",
    },
    exits={
        0: "it is known since when; --dry-run: the commits",
        1: "it is not: the code does not make it, or out of budget",
        **STATUSES,
    },
)
def command(  # noqa: PLR0913 - one for each option
    call: Call,
    *,
    a: A,
    b: B,
    metric: MetricName = None,
    runs: Annotated[
        bool, typer.Option("--runs", help="Run nothing: look at the runs recorded between the two.")
    ] = False,
    budget: Spending = USUAL,
    jobs: Jobs = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Run nothing; show the commits.")] = False,
    trust: Trust = False,
    timeout: Timeout = None,
    json: Json = False,
) -> None:
    """Find the commit with which a metric changed.

    The commits between those of the two runs are halved: each is run as A was, with A's parameters, data and
    packages, and the code of the commit. Your work tree is not touched. Nothing is run twice.
    """
    from runlore.ops.bisect import bisect  # noqa: PLC0415 - usage errors and help need none of it

    here = call.obj
    request = WhyRequest(a, b, here.folder, here.environ, metric, budget, jobs, dry_run, trust, timeout)
    raise typer.Exit(searched(here, "bisect/1", lambda progress: bisect(request, progress, of_record=runs), json=json))
