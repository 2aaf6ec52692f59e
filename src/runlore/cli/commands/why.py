"""`mlrun why`."""

from typing import Annotated

import typer

from runlore.cli.options import RUN_HELP, Json, seconds
from runlore.cli.progress import Progress, count
from runlore.cli.spending import RUNS, spend
from runlore.cli.verb import EXITS, Call, verb
from runlore.ops.hybrids.results import FOUND, PLAN, WhyRequest
from runlore.ops.hybrids.trials import Budget


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
        10: EXITS[10],
        12: EXITS[12],
        13: "something is damaged in the store",
        15: "one of the two cannot be run again",
        17: "refused: others made the runs, and nobody allowed it",
    },
)
def command(  # noqa: PLR0913 - one for each option
    call: Call,
    *,
    a: Annotated[str, typer.Argument(metavar="A", help=RUN_HELP, show_default=False)],
    b: Annotated[str, typer.Argument(metavar="B", help="As A.", show_default=False)],
    metric: Annotated[
        str | None, typer.Option("-m", "--metric", metavar="NAME", help="Which metric; the only one if left out.")
    ] = None,
    budget: Annotated[
        Budget,
        typer.Option(
            "--budget", metavar="RUNS|TIME", parser=spend, help="At most so many new runs, or so long: 20, 2h, 20,2h."
        ),
    ] = str(RUNS),  # type: ignore[assignment]  # which the parser reads
    jobs: Annotated[int, typer.Option("-j", "--jobs", metavar="N", min=1, help="So many runs at a time.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Run nothing; show what would be swapped.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Run them though others made them.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="TIME", parser=seconds, help="End a run after this time: 90s, 10m, 2h."),
    ] = None,
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
    with Progress(here.out, count) as progress:
        found = why(request, progress)
    here.out.show("why/1", found, json=json)
    raise typer.Exit(0 if found.verdict in {FOUND, PLAN} else 1)
