"""`rm`: runs removed or brought back."""

from runlore.ops.results import Removed
from runlore.present.term.blocks import Frame, Span, View, line
from runlore.present.term.phrases import SHORT, short

_DAYS = 14
"""`ops.gc.GRACE`, whose module is not imported for one line."""


def view(removed: Removed, _frame: Frame) -> View:
    """A line for each run, and how to undo it."""
    verb = "brought back " if removed.restored else "removed "
    lines = tuple(line(verb, short(run)) for run in removed.runs)
    if removed.restored or not removed.runs:
        return View(lines)
    names = " ".join(run[:SHORT] for run in removed.runs)
    undo = Span(f"mlrun rm --undo {names}", "hint")
    return View(lines, (line(undo, f" brings back what was removed, until mlrun gc erases it after {_DAYS} days"),))
