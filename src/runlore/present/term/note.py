"""`note`: what people wrote about a run."""

from runlore.ops.results import Notes
from runlore.present.term.blocks import Block, Frame, Span, View, line
from runlore.present.term.phrases import SHORT, note, short


def view(found: Notes, _frame: Frame) -> View:
    """The notes under the run they belong to, oldest first."""
    if not found.notes:
        run = found.run[:SHORT]
        return View(
            (), (line("no notes on ", short(found.run), "; ", Span(f"mlrun note {run} TEXT", "hint"), " adds one"),)
        )
    blocks: list[Block] = [line("run ", short(found.run))]
    for each in found.notes:
        blocks += note(each)
    return View(tuple(blocks))
