"""Pages on a terminal, drawn by rich: its width, its colours, wide characters and all. The only door to rich."""

import io
import itertools
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from runlore.present.term.blocks import Block, Line, Spans, Table
from runlore.present.term.safe import visible
from runlore.present.term.theme import THEME

_AT_ONCE = 200
"""Blocks."""


def render(blocks: Iterable[Block], *, width: int, colour: bool) -> str:
    """The text of the blocks for a terminal of this many columns, with escape sequences if ``colour``."""
    return "".join(parts(blocks, width=width, colour=colour))


def parts(blocks: Iterable[Block], *, width: int, colour: bool) -> Iterator[str]:
    """The same, some blocks at a time: the lines of a long patch take seconds, and a pager shows the first at once."""
    page = io.StringIO()
    console = Console(
        file=page,
        width=width,
        color_system="standard" if colour else None,
        force_terminal=colour,
        no_color=not colour,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    waiting = iter(blocks)
    while some := list(itertools.islice(waiting, _AT_ONCE)):
        for block in some:
            match block:
                case Line(spans):
                    console.print(_text(spans), soft_wrap=True)
                case Table():
                    console.print(Padding(_table(block), (0, 0, 0, block.indent), expand=False))
        yield "".join(f"{row.rstrip()}\n" for row in page.getvalue().splitlines())
        page.seek(0)
        page.truncate()


def _table(table: Table) -> RichTable:
    drawn = RichTable(
        box=None,
        show_header=table.header,
        header_style=THEME["label"],
        padding=(0, 2, 0, 0),
        pad_edge=False,
        show_edge=False,
    )
    # A column that is empty down to its title is left out: rich would take its gap from the one before it.
    shown = [at for at, column in enumerate(table.columns) if column.title or _is_filled(table, at)]
    columns = [table.columns[at] for at in shown]
    yielding = any(column.shrink or column.wrap for column in columns)
    for column in columns:
        cut = column.shrink or not yielding
        drawn.add_column(
            visible(column.title),
            justify="right" if column.right else "left",
            no_wrap=not (cut or column.wrap),
            overflow="ellipsis" if cut else "fold",
        )
    for row in table.rows:
        drawn.add_row(*(_cell(row[at], cut=not table.columns[at].wrap) for at in shown))
    return drawn


def _is_filled(table: Table, at: int) -> bool:
    return any(span.text for row in table.rows for span in row[at])


def _cell(spans: Spans, *, cut: bool) -> Text:
    text = _text(spans)
    text.no_wrap = cut or None
    return text


def _text(spans: Spans) -> Text:
    text = Text()
    for span in spans:
        text.append(visible(span.text), style=THEME[span.meaning])
    return text
