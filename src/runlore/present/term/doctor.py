"""`doctor`: what works on this machine and in this store, and what to do where it does not."""

from runlore.ops.results import Checkup
from runlore.present.term.blocks import Column, Frame, Span, Spans, Table, View, spans


def view(checkup: Checkup, _frame: Frame) -> View:
    """A row for each check; a hint stands under its check."""
    rows: list[tuple[Spans, ...]] = []
    for check in checkup.checks:
        rows.append((spans(Span(check.status, check.status)), spans(check.name), spans(check.detail)))
        if check.hint:
            rows.append(((), (), spans(Span("hint: ", "hint"), check.hint)))
    return View((Table((Column(""), Column("check"), Column("found", wrap=True)), tuple(rows), header=False),))
