"""`mlrun exec`."""

from typing import Annotated

import typer

from runlore.cli.line import ExecLine, run_line
from runlore.cli.options import seconds
from runlore.cli.verb import Call, verb

Text = str | None
Paths = list[str] | None


@verb(
    examples={
        "mlrun exec train.py --lr 0.1": "in the project's own interpreter",
        "mlrun exec -n baseline -t best train.py": "with a name and a tag",
        "mlrun exec -d faces/ -o m.pt ./train.sh": "with its data and result",
        "mlrun exec --cached train.py": "only if it was not run before",
        "mlrun exec -q --record run.json train.py": "for scripts",
        "mlrun exec -- python -m pkg.train": "-- ends the options",
    },
    exits={
        "0-124": "the command's own status",
        125: "mlrun failed before the command started",
        126: "the command cannot be executed",
        127: "there is no such command",
        "128+N": "signal N ended the command",
    },
    options_first=True,
)
def command(  # noqa: PLR0913 - one for each option that people and scripts rely on
    call: Call,
    *,
    words: Annotated[
        list[str],
        typer.Argument(metavar="COMMAND [ARG]...", help="What to run, and its arguments.", show_default=False),
    ],
    name: Annotated[Text, typer.Option("-n", "--name", metavar="NAME", help="A name for the run.")] = None,
    experiment: Annotated[
        Text, typer.Option("-e", "--experiment", metavar="NAME", help="The experiment it belongs to.")
    ] = None,
    message: Annotated[Text, typer.Option("-m", "--message", metavar="TEXT", help="What is tried, and why.")] = None,
    tag: Annotated[
        Paths, typer.Option("-t", "--tag", metavar="TAG", help="Name it so (repeat).", show_default=False)
    ] = None,
    data: Annotated[
        Paths,
        typer.Option("-d", "--data", metavar="PATH", help="A file or folder it reads (repeat).", show_default=False),
    ] = None,
    config: Annotated[
        Paths,
        typer.Option("-c", "--config", metavar="PATH", help="A YAML, TOML or JSON file (repeat).", show_default=False),
    ] = None,
    output: Annotated[
        Paths,
        typer.Option("-o", "--out", metavar="PATH", help="A file or folder it writes (repeat).", show_default=False),
    ] = None,
    samples: Annotated[
        Paths,
        typer.Option(
            "--samples", metavar="PATH", help="A file of predictions that it writes (repeat).", show_default=False
        ),
    ] = None,
    trace: Annotated[
        str, typer.Option("--trace", metavar="HOW", help="How to watch it: auto, native, strace, python or off.")
    ] = "auto",
    cached: Annotated[
        bool, typer.Option("--cached", help="Run nothing if the same run succeeded before: bring back what it made.")
    ] = False,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="TIME", parser=seconds, help="End it after this time: 90, 90s, 10m, 2h."),
    ] = None,
    deterministic: Annotated[
        bool, typer.Option("--deterministic", help="Choose what repeats over what is fast: threads, cuBLAS, PyTorch.")
    ] = False,
    record: Annotated[
        Text, typer.Option("--record", metavar="FILE", help="Write the finished run there as JSON.")
    ] = None,
    on: Annotated[str, typer.Option("--on", metavar="WHERE", help="Where it runs: local, slurm or ray.")] = "local",
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but what went wrong.")] = False,
) -> None:
    """Run a command and record what ran.

    The code as it is now (committed or not), parameters, the interpreter's packages, data, results
    and output are kept in .mlrun. A COMMAND that ends in .py runs in the project's interpreter: the
    active virtual environment, else .venv, else python on PATH. Options end at COMMAND.
    """
    line = ExecLine(
        words=tuple(words),
        name=name,
        experiment=experiment,
        message=message,
        tag=tuple(tag or ()),
        data=tuple(data or ()),
        config=tuple(config or ()),
        output=tuple(output or ()),
        samples=tuple(samples or ()),
        trace=trace,
        cached=cached,
        timeout=timeout,
        deterministic=deterministic,
        record=record,
        on=on,
        quiet=quiet,
    )
    raise typer.Exit(run_line(line, call.obj))
