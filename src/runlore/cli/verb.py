"""How a function becomes a command: typer without rich, examples and exit statuses under its help."""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import typer
from typer.core import TyperCommand

from runlore.cli.here import Here
from runlore.errors import UsageError

if TYPE_CHECKING:
    from typer._click.core import Context
    from typer.core import TyperOption

EXITS: Mapping[int, str] = {
    2: "the command line is wrong",
    10: "there is no store here",
    12: "no run, or more than one, is meant by that name",
}
"""Exit statuses that mean the same everywhere."""

SETTINGS = {"help_option_names": ["-h", "--help"]}


class Call(typer.Context):
    """One use of a command; the parser hands it over. ``obj`` is where and for whom."""

    obj: Here


def reworded(option: "TyperOption | None") -> "TyperOption | None":
    """The parser's option for help, in our words."""
    if option is not None:
        option.help = "Show the help and end."
    return option


class Verb(TyperCommand):
    """A command whose usage line reads like git's: ``[RUN]`` where it may be left out, ``RUN`` where not."""

    def parse_args(self, ctx: "Context", args: list[str]) -> list[str]:
        """What is left of ``args``, which is nothing.

        Raises:
            UsageError: there are more words than the command has a use for.
        """
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            raise UsageError(
                f'nothing is expected at "{rest[0]}"', hint=f"mlrun {ctx.info_name} --help shows how it is used"
            )
        return rest

    def get_help_option(self, ctx: "Context") -> "TyperOption | None":
        """``-h`` and ``--help``."""
        return reworded(super().get_help_option(ctx))

    def collect_usage_pieces(self, ctx: "Context") -> list[str]:
        """The words after the command's name."""
        return [piece.removeprefix("{").removesuffix("}") for piece in super().collect_usage_pieces(ctx)]


def verb(
    *, examples: Mapping[str, str], exits: Mapping[int | str, str], options_first: bool = False
) -> Callable[[Callable[..., None]], TyperCommand]:
    """A decorator: the function, read by typer, as a command.

    ``examples`` are command lines and what they do; ``exits`` exit statuses and what they mean;
    ``options_first``: options end at the first argument.
    """

    def build(function: Callable[..., None]) -> TyperCommand:
        app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        settings = {
            **SETTINGS,
            "allow_extra_args": True,
            **({"allow_interspersed_args": False} if options_first else {}),
        }
        text = inspect.cleandoc(function.__doc__ or "")
        app.command(cls=Verb, help=text, epilog=_epilog(examples, exits), context_settings=settings)(function)
        command = typer.main.get_command(app)
        assert isinstance(command, TyperCommand)  # noqa: S101 - for the type checker: one function is one command
        return command

    return build


def _epilog(examples: Mapping[str, str], exits: Mapping[int | str, str]) -> str:
    r"""Two lists that the help formatter must not fill into paragraphs (``\b`` says so)."""
    status = {str(key): meaning for key, meaning in sorted({**exits, 2: EXITS[2]}.items(), key=_first_number)}
    return "\n\n".join((_list("Examples", examples, 2), _list("Exit status", status, 2)))


def _list(title: str, rows: Mapping[str, str], gap: int) -> str:
    width = max(map(len, rows)) + gap
    return "\n".join(["\b", f"{title}:", *(f"  {key:<{width}}{text}".rstrip() for key, text in rows.items())])


def _first_number(item: tuple[int | str, str]) -> int:
    """What ``3``, ``0-124`` and ``128+N`` are sorted by."""
    return int(re.split(r"\D", str(item[0]))[0])
