"""A result as the text a person reads."""

from tests.present.made import AT, SECOND

from runlore.present.term import plain, view
from runlore.present.term.blocks import Frame

PIPE = Frame(None, AT + 180 * SECOND)
NARROW = Frame(80, AT + 180 * SECOND)
"""Three minutes after the runs made by hand."""


def page(schema: str, result: object, frame: Frame = PIPE, **options: object) -> str:
    """What stands on standard output."""
    return plain.render(view(schema)(result, frame, **options).blocks)


def remarks(schema: str, result: object, **options: object) -> str:
    """What stands on standard error."""
    return plain.render(view(schema)(result, PIPE, **options).remarks)
