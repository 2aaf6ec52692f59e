"""Pages as plain aligned text: for pipes, files and standard error. Nothing is cut."""

from collections.abc import Iterable, Iterator
from itertools import chain

from runlore.present.term.blocks import Block, Column, Line, Span, Spans, Table
from runlore.present.term.safe import columns, visible
from runlore.present.term.theme import painted

_GAP = "  "


def render(blocks: Iterable[Block], *, colour: bool = False) -> str:
    """The text of the blocks, each line ended with a newline and without trailing spaces."""
    return "".join(lines(blocks, colour=colour))


def lines(blocks: Iterable[Block], *, colour: bool = False) -> Iterator[str]:
    """`render`, line by line, as they are made."""
    for block in blocks:
        for row in _rows(block, colour):
            yield f"{row.rstrip()}\n"


def _rows(block: Block, colour: bool) -> Iterable[str]:
    match block:
        case Line(spans):
            yield _text(spans, colour)
        case Table():
            yield from _table(block, colour)


def _table(table: Table, colour: bool) -> Iterable[str]:
    head = [_header(table.columns)] if table.header else []
    widths = [0] * len(table.columns)
    for row in chain(head, table.rows):
        widths = list(map(max, widths, map(_width, row)))
    for row in chain(head, table.rows):
        cells = zip(row, widths, table.columns, strict=True)
        yield " " * table.indent + _GAP.join(_cell(spans, width, column, colour) for spans, width, column in cells)


def _header(columns: tuple[Column, ...]) -> tuple[Spans, ...]:
    return tuple((Span(column.title, "label"),) for column in columns)


def _cell(spans: Spans, width: int, column: Column, colour: bool) -> str:
    padding = " " * (width - _width(spans))
    text = _text(spans, colour)
    return padding + text if column.right else text + padding


def _width(spans: Spans) -> int:
    return sum(columns(span.text) for span in spans)


def _text(spans: Spans, colour: bool) -> str:
    return "".join(painted(visible(span.text), span.meaning) if colour else visible(span.text) for span in spans)
