"""`remote`: where runs are shared."""

from runlore.ops.sharing.results import RemoteInfo, Remotes
from runlore.present.term.blocks import Column, Frame, Span, Table, View, line, spans


def view(found: Remotes | RemoteInfo, _frame: Frame, *, removed: bool = False) -> View:
    """All remotes as a table, or in one line what happened to one."""
    if isinstance(found, RemoteInfo):
        verb = "forgot " if removed else ""
        hint = line("what was pushed there stays there") if removed else line(Span("mlrun push", "hint"), " fills it")
        return View((line(verb, Span(found.name, "tag"), " -> ", found.url),), (hint,))
    if not found.remotes:
        return View((), (line("no remotes yet; ", Span("mlrun remote add origin URL", "hint"), " adds one"),))
    columns = (Column("remote"), Column("url", shrink=True), Column(""))
    rows = tuple(
        (spans(Span(each.name, "tag")), spans(each.url), spans(Span("default" if each.default else "", "dim")))
        for each in found.remotes
    )
    return View((Table(columns, rows),))
