"""A figure as SVG 1.1, which every browser shows; it holds no script, no style sheet and no link."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from runlore.present.plot.figure import Figure, Line, Place, Words


def text(figure: Figure) -> str:
    """The whole file."""
    return "\n".join((*_rows(figure), "</svg>", ""))


def _rows(figure: Figure) -> Iterator[str]:
    width, height = f"{figure.width:g}", f"{figure.height:g}"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="Helvetica, Arial, sans-serif" fill="none" stroke-linecap="round" stroke-linejoin="round">'
    )
    yield f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    for mark in figure.marks:
        yield _line(mark) if isinstance(mark, Line) else _words(mark)


def _line(line: Line) -> str:
    path = "".join(_stroke(stroke) for stroke in line.strokes)
    faint = f' stroke-opacity="{line.opacity:g}"' if line.opacity < 1 else ""
    return f'<path d="{path}" stroke="{line.colour}" stroke-width="{line.width:g}"{faint}/>'


def _stroke(stroke: tuple[Place, ...]) -> str:
    (x, y), *rest = stroke
    return f"M{x:.2f} {y:.2f}" + ("".join(f"L{x:.2f} {y:.2f}" for x, y in rest) or "h0")


def _words(words: Words) -> str:
    x, y = words.place
    bold = ' font-weight="bold"' if words.bold else ""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="{words.size:g}" text-anchor="{words.anchor}" '
        f'fill="{words.colour}"{bold} xml:space="preserve">{escape(words.text)}</text>'
    )
