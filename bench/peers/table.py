"""What is printed: tables that are readable as they are and as Markdown."""

from collections.abc import Sequence
from typing import NamedTuple


class Table(NamedTuple):
    """Lines below a head; every line has as many cells as the head."""

    title: str
    head: Sequence[str]
    lines: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """With a title that is a heading."""
        return f"### {self.title}\n\n{self._lines()}\n"

    def text(self) -> str:
        return f"{self.title}\n{self._lines()}\n"

    def _lines(self) -> str:
        rows = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in (self.head, *self.lines)]
        widths = [max(len(row[at]) for row in rows) for at in range(len(self.head))]
        text = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
        text.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        return "\n".join(text)


def seconds(value: float) -> str:
    """Three digits are what such a measurement is good for."""
    return f"{value:.3f} s" if value < 1 else f"{value:.2f} s" if value < 100 else f"{value:.0f} s"


def times(theirs: float, ours: float) -> str:
    """How many times ours a cost of theirs is; below one, they are better, and it is set in bold."""
    if ours <= 0 or theirs <= 0:
        return "too small to tell"
    ratio = theirs / ours
    text = f"{ratio:.2f}" if ratio < 10 else f"{ratio:.0f}"
    return f"**{text}**" if ratio < 1 else text
