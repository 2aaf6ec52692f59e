"""``mlrun`` itself: what stands before the command, and the command, loaded when it is asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from runlore.cli.suggest import no_such_command
from runlore.cli.verb import SETTINGS, Call, reworded
from runlore.cli.verbs import ALIASES, HIDDEN, SECTIONS, TOPICS, VERBS

if TYPE_CHECKING:
    from typer._click.core import Context
    from typer.core import TyperOption


class Verbs(TyperGroup):
    """The commands. Naming and describing them imports none of their modules."""

    def list_commands(self, ctx: "Context") -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of the help."""
        return list(VERBS)

    def get_command(self, ctx: "Context", cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - click's signature
        """The command of this name, or ``None``."""
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in VERBS and name not in HIDDEN:
            return None
        return import_module(f"runlore.cli.commands.{name}").command

    def resolve_command(self, ctx: "Context", args: list[str]) -> Any:  # noqa: ANN401 - click's signature
        """The command that ``args`` begin with.

        Raises:
            UsageError: there is none of this name; the hint says which one may be meant.
        """
        command = self.get_command(ctx, args[0])
        if command is None and not ctx.resilient_parsing:
            raise no_such_command(args, ctx.obj.working or "")
        return args[0], command, args[1:]

    def get_help_option(self, ctx: "Context") -> "TyperOption | None":
        """``-h`` and ``--help``."""
        return reworded(super().get_help_option(ctx))

    def format_commands(self, ctx: "Context", formatter: Any) -> None:  # noqa: ANN401, ARG002 - click's signature
        """The commands under their headings."""
        width = max(map(len, VERBS))
        for title, verbs in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:<{width}}", line) for name, line in verbs.items()])
        with formatter.section("Topics, for mlrun help TOPIC"):
            formatter.write_dl([(f"{name:<{width}}", line) for name, line in TOPICS.items()])

    def shell_complete(self, ctx: "Context", incomplete: str) -> list[Any]:
        """The commands that begin with ``incomplete``, and our own options."""
        from typer._click.shell_completion import CompletionItem  # noqa: PLC0415 - only where a shell asks

        options = super(TyperGroup, self).shell_complete(ctx, incomplete)
        return [CompletionItem(name, help=VERBS[name]) for name in VERBS if name.startswith(incomplete)] + options


app = typer.Typer(
    cls=Verbs,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings=SETTINGS,
    subcommand_metavar="COMMAND [ARG]...",
    epilog="\b\n"
    "mlrun exec train.py   records code, parameters, packages, data and results\n"
    "mlrun list            shows the runs\n"
    "mlrun help COMMAND    says more about a command",
)


def _show_version(call: Call, wanted: bool) -> None:
    if wanted:
        from runlore.version import __version__  # noqa: PLC0415 - rarely needed

        call.obj.out.print(f"mlrun {__version__}")
        raise typer.Exit


@app.callback()
def root(
    call: Call,
    folder: Annotated[
        list[str] | None, typer.Option("-C", metavar="DIR", help="Work as if started in DIR.", show_default=False)
    ] = None,
    *,
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and end.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Git for training runs: what ran, on which code, data and packages."""
    for step in folder or ():
        call.obj = call.obj.within(step)
