"""`clone`: where the project is, and what is in it."""

from runlore.ops.sharing.results import Cloned
from runlore.present.term import pull
from runlore.present.term.blocks import Frame, Span, View, line


def view(cloned: Cloned, frame: Frame) -> View:
    """The folder, and what was pulled into it."""
    shown = pull.view(cloned.pulled, frame)
    hint = line(Span(f"cd {cloned.folder}", "hint"), "; ", Span("mlrun list", "hint"), " shows the runs")
    return View((line("cloned into ", cloned.folder), *shown.blocks), (*shown.remarks, hint))
