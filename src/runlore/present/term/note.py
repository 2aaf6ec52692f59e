"""`note`: what people wrote about a run."""

from runlore.ops.results import Notes
from runlore.present.term.blocks import Block, Frame, Span, View, line, paragraph
from runlore.present.term.phrases import SHORT, short
from runlore.present.term.quantities import local_time


def view(found: Notes, _frame: Frame) -> View:
    """The notes under the run they belong to, oldest first."""
    if not found.notes:
        run = found.run[:SHORT]
        return View(
            (), (line("no notes on ", short(found.run), "; ", Span(f"mlrun note {run} TEXT", "hint"), " adds one"),)
        )
    blocks: list[Block] = [line("run ", short(found.run))]
    for note in found.notes:
        blocks.append(line("  ", Span(f"{local_time(note['at'])} {note['author']}", "dim")))
        blocks += paragraph(note["text"], indent=4)
    return View(tuple(blocks))
