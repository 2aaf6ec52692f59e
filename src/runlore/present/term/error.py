"""An error and the way out of it."""

from runlore.present.term.blocks import Line, Span, line


def lines(message: str, hint: str | None) -> list[Line]:
    """The message, and the hint under an empty line."""
    first, *rest = message.split("\n")
    shown = [line(Span("error: ", "error"), first), *(line(part) for part in rest)]
    return [*shown, Line(), line(Span("hint: ", "hint"), hint)] if hint else shown
