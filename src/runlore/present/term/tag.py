"""`tag`: names for runs."""

from runlore.ops.results import Tag, Tags
from runlore.present.term.blocks import Block, Column, Frame, Line, Span, Table, View, line, spans
from runlore.present.term.phrases import SHORT, short
from runlore.present.term.quantities import local_time


def view(found: Tags | Tag, _frame: Frame, *, verb: str = "") -> View:
    """All tags as a table, or in one line what happened to one of them."""
    if isinstance(found, Tag):
        done: Block = line(verb, Span(found.name, "tag"), " -> ", short(found.run))
        return View((done,), _conflicts((found,)))
    if not found.tags:
        return View((), (line("no tags yet; ", Span("mlrun tag best @", "hint"), " names the newest run"),))
    columns = (Column("tag"), Column("run"), Column("given"), Column("by", shrink=True))
    rows = tuple(
        (spans(Span(tag.name, "tag")), spans(short(tag.run)), spans(local_time(tag.at)), spans(tag.author))
        for tag in found.tags
    )
    return View((Table(columns, rows),), _conflicts(found.tags))


def _conflicts(tags: tuple[Tag, ...]) -> tuple[Line, ...]:
    """Names that were given to several runs at the same time, and how to settle them."""
    return tuple(
        line(
            Span("warning: ", "warning"),
            f'"{tag.name}" was given to other runs at the same time: ',
            ", ".join(run[:SHORT] for run in tag.conflict),
            f"; mlrun tag -f {tag.name} RUN settles it",
        )
        for tag in tags
        if tag.conflict
    )
