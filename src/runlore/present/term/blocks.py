"""The parts a page is made of: lines and tables of text with a meaning. How they are drawn is decided elsewhere."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """A piece of text and what it means (a key of `theme.THEME`). The text is raw; drawing makes it safe."""

    text: str
    meaning: str = ""


Spans = tuple[Span, ...]


class Line(NamedTuple):
    """One line; too long for the screen, it goes on in the next row."""

    spans: Spans = ()


class Column(NamedTuple):
    """A column of a table. ``right`` aligns numbers.

    Where the screen is too narrow, one that may ``shrink`` is cut, and one that may ``wrap`` goes on in the next row.
    """

    title: str
    right: bool = False
    shrink: bool = False
    wrap: bool = False


class Table(NamedTuple):
    """Rows under columns; without ``header`` the titles are not drawn. ``indent`` in characters.

    The rows are looked at twice: those of a long table may be made anew each time.
    """

    columns: tuple[Column, ...]
    rows: Iterable[tuple[Spans, ...]]
    header: bool = True
    indent: int = 0


Block = Line | Table


class View(NamedTuple):
    """One result as a person sees it: ``blocks`` for standard output, ``remarks`` for standard error."""

    blocks: tuple[Block, ...]
    remarks: tuple[Line, ...] = ()


class Frame(NamedTuple):
    """What a view may know of where it is shown: characters in a row (``None``: no end), nanoseconds since 1970 UTC.

    ``ascii_only`` is whether other characters than ASCII's cannot be shown there, ``colour`` whether colours can.
    """

    width: int | None
    now: int
    ascii_only: bool = False
    colour: bool = False


def line(*parts: str | Span) -> Line:
    """A line of these parts, in order."""
    return Line(spans(*parts))


def spans(*parts: str | Span) -> Spans:
    """The parts as spans; plain text has no meaning of its own."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def paragraph(text: str, *, indent: int = 0) -> Table:
    """``text`` with a line for each of its own; one too long for the screen goes on below itself."""
    return Table((Column("", wrap=True),), tuple((spans(part),) for part in text.split("\n")), False, indent)


def cut(*parts: str | Span, indent: int = 0) -> Table:
    """A line that is cut where the screen ends."""
    return Table((Column("", shrink=True),), ((spans(*parts),),), False, indent)


def pairs(rows: Iterable[tuple[str, Spans]], *, indent: int = 2) -> Table:
    """Labels and their values, aligned."""
    columns = (Column("label"), Column("value", wrap=True))
    return Table(columns, tuple((spans(Span(label, "label")), value) for label, value in rows), False, indent)


def section(title: str, body: Sequence[Block]) -> list[Block]:
    """An empty line, a heading and the body; nothing at all without a body."""
    return [Line(), line(Span(title, "heading")), *body] if body else []
