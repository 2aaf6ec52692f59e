"""The parser's complaints in our own words."""

from typing import TYPE_CHECKING

from typer._click.exceptions import NoSuchOption

from runlore.errors import UsageError

if TYPE_CHECKING:
    from typer._click.exceptions import ClickException


def usage_error(error: "ClickException", verb: str | None) -> UsageError:
    """``error`` as one of ours: lower case, no final period, and a hint."""
    message = error.message if isinstance(error, NoSuchOption) else error.format_message()
    return UsageError(message[:1].lower() + message[1:].rstrip("."), hint=_hint(error, verb))


def _hint(error: "ClickException", verb: str | None) -> str:
    if isinstance(error, NoSuchOption):
        if error.option_name == "--json" and verb == "exec":
            return "--record FILE writes the finished run as JSON"
        if error.possibilities:
            return f"did you mean {' or '.join(sorted(error.possibilities))}"
    return f"mlrun {verb} --help shows how it is used" if verb else "mlrun --help shows how it is used"
