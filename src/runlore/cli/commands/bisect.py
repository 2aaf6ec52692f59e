"""`mlrun bisect`."""

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
        "mlrun bisect best @": "with which commit the metric changed",
        "mlrun bisect best @ --metric accuracy": "of several metrics, this one",
        "mlrun bisect best @ --runs": "the recorded run since which it is so",
        "mlrun bisect best @ --dry-run": "which commits there are",
    },
    exits={
        0: "it is known since when; --dry-run: the commits",
        1: "it is not: the code does not make it, or out of budget",
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
    runs: Annotated[
        bool, typer.Option("--runs", help="Run nothing: look at the runs recorded between the two.")
    ] = False,
    budget: Annotated[
        Budget,
        typer.Option(
            "--budget", metavar="RUNS|TIME", parser=spend, help="At most so many new runs, or so long: 20, 2h, 20,2h."
        ),
    ] = str(RUNS),  # type: ignore[assignment]  # which the parser reads
    jobs: Annotated[int, typer.Option("-j", "--jobs", metavar="N", min=1, help="So many runs at a time.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Run nothing; show the commits.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Run them though others made them.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="TIME", parser=seconds, help="End a run after this time: 90s, 10m, 2h."),
    ] = None,
    json: Json = False,
) -> None:
    """Find the commit with which a metric changed.

    The commits between those of the two runs are halved: each is run as A was, with A's parameters, data and
    packages, and the code of the commit. Your work tree is not touched. Nothing is run twice.
    """
    from runlore.ops.bisect import bisect  # noqa: PLC0415 - usage errors and help need none of it

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
        found = bisect(request, progress, of_record=runs)
    here.out.show("bisect/1", found, json=json)
    raise typer.Exit(0 if found.verdict in {FOUND, PLAN} else 1)
