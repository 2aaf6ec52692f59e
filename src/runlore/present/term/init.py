"""`init`: where the store is."""

from runlore.ops.results import Initialised
from runlore.present.term.blocks import Frame, View, line


def view(found: Initialised, _frame: Frame) -> View:
    """One line: made, or there already."""
    return View((line("made the store " if found.created else "the store is there already: ", found.store),))
