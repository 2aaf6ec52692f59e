"""An error and the way out of it."""

from runlore.present.term.blocks import Line, Span, line


def lines(message: str, hint: str | None) -> list[Line]:
    """The message in one line, whatever a name in it holds, and the hint under an empty line."""
    said = line(Span("error: ", "error"), message)
    return [said, Line(), line(Span("hint: ", "hint"), hint)] if hint else [said]
