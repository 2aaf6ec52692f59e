"""Options and arguments that several commands share, and how their values are read."""

import re
from typing import Annotated

import typer

from runlore.cli.request import check_choice
from runlore.errors import UsageError
from runlore.records.states import STATES

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
JsonLines = Annotated[bool, typer.Option("--json", help="Print JSON lines: how far it is, then the result.")]

RUN_HELP = "An id or its first 4 or more characters, @ (the newest), @~N, a tag or a name."
NEWEST = f"{RUN_HELP} Left out: the newest."
Run = Annotated[str, typer.Argument(metavar="RUN", help=NEWEST, show_default=False)]
Runs = Annotated[list[str], typer.Argument(metavar="RUN...", help=RUN_HELP, show_default=False)]

SomeRuns = Annotated[
    list[str] | None, typer.Argument(metavar="[RUN...]", help=RUN_HELP + " Left out: all.", show_default=False)
]
RemoteName = Annotated[
    str | None,
    typer.Option("-r", "--remote", metavar="NAME", help="Which remote; left out, the only one, or origin."),
]

Metrics = Annotated[
    list[str] | None,
    typer.Option(
        "-m",
        "--metric",
        metavar="METRIC",
        help="Only this one, or all like 'val/*'. Repeat for more.",
        show_default=False,
    ),
]

PARTS = ("command", "params", "code", "config", "environment", "inputs", "metrics", "outputs", "resources")
SHELLS = ("bash", "zsh", "fish")
_MOST_SAMPLES = 100_000
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d)?", re.ASCII)
_SECONDS = {None: 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


def seconds(text: str) -> float:
    """``90``, ``90s``, ``10m``, ``1.5h`` or ``2d`` in seconds, for ``--timeout``.

    Raises:
        UsageError: it is none of these, or nothing at all.
    """
    return _seconds("--timeout", text)


def grace(text: str) -> float:
    """As `seconds`, for ``--grace``."""
    return _seconds("--grace", text)


def newer_than(text: str) -> float:
    """As `seconds`, for ``--keep-newer-than``."""
    return _seconds("--keep-newer-than", text)


def _seconds(option: str, text: str) -> float:
    match = _DURATION.fullmatch(text.strip())
    if match is None or float(match[1]) == 0:
        hint = "write 90, 90s, 10m or 2h" if option == "--timeout" else "write 30d, 12h or 90m"
        raise UsageError(f'{option} cannot be "{text}"', hint=hint)
    return float(match[1]) * _SECONDS[match[2]]


def column_names(text: str) -> tuple[str, ...]:
    """``a,b,c`` as names of columns.

    Raises:
        UsageError: there is no such column.
    """
    if not text:
        return ()
    from runlore.present.columns import check  # noqa: PLC0415 - only if columns are asked for

    names = tuple(name.strip() for name in text.split(",") if name.strip())
    check(names)
    return names


def run_state(text: str) -> str:
    """``text`` if a run can be in that state.

    Raises:
        UsageError: none can.
    """
    check_choice("--state", text, STATES)
    return text


def part(text: str) -> str:
    """``text`` if it is a part of a run that can be compared.

    Raises:
        UsageError: it is none.
    """
    check_choice("--only", text, PARTS)
    return text


def most(text: str | int) -> int:
    """How many at most: ``text`` as a whole number; the default, which is one, passes through here too.

    Raises:
        UsageError: it is none.
    """
    return _whole("--limit", text)


def most_away(text: str | int) -> int:
    """As `most`, for ``--depth``."""
    return _whole("--depth", text)


def few(text: str | int) -> int:
    """How many samples: a whole number up to 100,000.

    Raises:
        UsageError: it is none.
    """
    return _number_within("--limit", text, 0, _MOST_SAMPLES)


def conditions(text: str | int) -> int:
    """As `few`, for ``--depth`` of slices: 1, 2 or 3."""
    return _number_within("--depth", text, 1, 3)


def smallest(text: str | int) -> int:
    """As `few`, for ``--least-slice``: 2 or more."""
    return _number_within("--least-slice", text, 2, 10**9)


def lost(text: str | float) -> float:
    """How much a slice may lose, for ``--most-loss``: a number that is not negative.

    Raises:
        UsageError: it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise UsageError(f'--most-loss cannot be "{text}"', hint="write 0.02 for two of a hundred, or a loss")
    return value


def _number_within(option: str, text: str | int, low: int, high: int) -> int:
    if not re.fullmatch(r"\d{1,10}", str(text), re.ASCII) or not low <= int(text) <= high:
        raise UsageError(f'{option} cannot be "{text}"', hint=f"write a whole number from {low:,} to {high:,}")
    return int(text)


def _whole(option: str, text: str | int) -> int:
    if not re.fullmatch(r"\d{1,9}", str(text), re.ASCII):
        raise UsageError(f'{option} cannot be "{text}"', hint="write a whole number; 0 for all")
    return int(text)
