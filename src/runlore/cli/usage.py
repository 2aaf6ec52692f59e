"""The parser's complaints in our own words."""

from typing import TYPE_CHECKING

from typer._click.exceptions import BadOptionUsage, MissingParameter, NoSuchOption

from runlore.errors import UsageError

if TYPE_CHECKING:
    from typer._click.exceptions import ClickException


def usage_error(error: "ClickException", verb: str | None) -> UsageError:
    """``error`` as one of ours: one line, lower case, no final period, and a hint."""
    return UsageError(_message(error), hint=_hint(error, verb))


def _message(error: "ClickException") -> str:
    if isinstance(error, NoSuchOption):
        return f'there is no option "{error.option_name}"'
    if isinstance(error, MissingParameter) and error.param is not None:
        return f"{(error.param.metavar or 'a word').partition(' ')[0].removesuffix('...')} is missing"
    if isinstance(error, BadOptionUsage):
        return f"{error.option_name} {'needs a' if 'requires' in error.message else 'takes no'} value"
    message = " ".join(error.message.split())
    return message[:1].lower() + message[1:].rstrip(".")


def _hint(error: "ClickException", verb: str | None) -> str:
    if isinstance(error, NoSuchOption):
        if error.option_name == "--json" and verb == "exec":
            return "--record FILE writes the finished run as JSON"
        near = sorted(error.possibilities or ())
        begun = [name for name in near if name.startswith(error.option_name)]
        if near:
            return f"did you mean {' or '.join(begun or near)}"
    context = getattr(error, "ctx", None)
    path: str = context.command_path if context else f"mlrun {verb}" if verb else "mlrun"
    return f"{path} --help shows how it is used"
