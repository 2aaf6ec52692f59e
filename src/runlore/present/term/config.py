"""`config`: settings, or the bare value of one for scripts."""

from runlore.ops.results import Setting, Settings
from runlore.present.term.blocks import Column, Frame, Span, Table, View, line, spans
from runlore.present.term.quantities import scalar


def view(found: Settings | Setting, _frame: Frame) -> View:
    """All settings as a table; of a single one the value alone."""
    if isinstance(found, Setting):
        return View((line(scalar(found.value)),))
    columns = (Column("setting"), Column("value", wrap=True), Column("from"), Column("meaning", wrap=True))
    rows = tuple(
        (
            spans(Span(setting.key, "name")),
            spans(scalar(setting.value)),
            spans(Span(setting.source, "dim" if setting.source == "default" else "")),
            spans(setting.help),
        )
        for setting in found.settings
    )
    return View((Table(columns, rows),))
