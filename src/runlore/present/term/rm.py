"""`rm`: runs removed or brought back."""

from runlore.ops.results import Removed
from runlore.present.term.blocks import Frame, Span, View, line
from runlore.present.term.phrases import SHORT, short


def view(removed: Removed, _frame: Frame) -> View:
    """A line for each run, and how to undo it."""
    verb = "brought back " if removed.restored else "removed "
    lines = tuple(line(verb, short(run)) for run in removed.runs)
    if removed.restored or not removed.runs:
        return View(lines)
    names = " ".join(run[:SHORT] for run in removed.runs)
    return View(lines, (line(Span("mlrun rm --undo ", "hint"), Span(names, "hint"), " brings back what was removed"),))
