"""Where everything lies in a picture of curves, before anybody paints it: lines and words on a white page."""

from collections.abc import Iterator
from typing import NamedTuple

from runlore.ops.plot import Panel, Plot
from runlore.present.axes import Axis, across, upwards
from runlore.present.term.legend import gone, last, letters, manner, owner
from runlore.present.term.safe import visible

Place = tuple[float, float]

_PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Colours that most people can tell apart: M. Okabe, K. Ito, "Color universal design", 2008."""
_INK, _PALE = "#333333", "#dddddd"
_WIDTH, _LEFT, _RIGHT, _TOP, _HEIGHT, _BELOW, _ROW = 900.0, 78.0, 30.0, 34.0, 230.0, 44.0, 18.0
_ROOM = 0.04
_LONGEST_NAME, _LONGEST_ROW = 100, 130
_FAINT = 0.25
_X_TICKS, _Y_TICKS = 8, 5


class Line(NamedTuple):
    """Strokes of one colour; a stroke of one point is a dot. ``opacity`` from 0 to 1."""

    strokes: tuple[tuple[Place, ...], ...]
    colour: str
    width: float
    opacity: float = 1.0


class Words(NamedTuple):
    """Text, safe to show, at its baseline; ``anchor`` is ``start``, ``middle`` or ``end``."""

    place: Place
    text: str
    size: float
    colour: str = _INK
    anchor: str = "start"
    bold: bool = False


class Figure(NamedTuple):
    """A page in pixels, and what is on it, the undermost first."""

    width: float
    height: float
    marks: tuple[Line | Words, ...]


def figure(plot: Plot) -> Figure:
    """The panels below each other, each with its legend."""
    marks: list[Line | Words] = []
    top = 0.0
    for panel in plot.panels:
        marks += _panel(plot, panel, top)
        top += _TOP + _HEIGHT + _BELOW + _ROW * len(panel.curves) + _ROW
    return Figure(_WIDTH, top, tuple(marks))


def _panel(plot: Plot, panel: Panel, top: float) -> Iterator[Line | Words]:
    said = manner(plot)
    title = _cut(visible(panel.metric), _LONGEST_NAME)
    yield Words((_LEFT, top + 22), f"{title} ({said})" if said else title, 15, bold=True)
    x, below = across(*panel.x, time=plot.x == "time")
    drawn = (point[1] for curve in panel.curves for stroke in (*curve.strokes, *curve.raw) for point in stroke)
    y = upwards(drawn, log=plot.log, room=_ROOM)
    yield from _grid(x, y, below, top + _TOP)
    yield from _curves(plot, panel, x, y, top + _TOP)
    yield from _legend(plot, panel, top + _TOP + _HEIGHT + _BELOW + 12)


def _grid(x: Axis, y: Axis, below: str, top: float) -> Iterator[Line | Words]:
    right, bottom = _WIDTH - _RIGHT, top + _HEIGHT
    for at, said in y.ticks(_Y_TICKS):
        height = bottom - at * _HEIGHT
        yield Line((((_LEFT, height), (right, height)),), _PALE, 1)
        yield Words((_LEFT - 8, height + 4), said, 12, anchor="end")
    for at, said in x.ticks(_X_TICKS):
        place = _LEFT + at * (right - _LEFT)
        yield Line((((place, bottom), (place, bottom + 5)),), _INK, 1)
        yield Words((place, bottom + 19), said, 12, anchor="middle")
    yield Line((((_LEFT, top), (_LEFT, bottom), (right, bottom)),), _INK, 1)
    yield Words(((_LEFT + right) / 2, bottom + 36), below, 12, anchor="middle")


def _curves(plot: Plot, panel: Panel, x: Axis, y: Axis, top: float) -> Iterator[Line | Words]:
    names, colours = letters(plot), _colours(plot)

    def place(point: tuple[float, float]) -> Place:
        return _LEFT + x.place(point[0]) * (_WIDTH - _RIGHT - _LEFT), top + _HEIGHT * (1 - y.place(point[1]))

    for curve in panel.curves:
        colour = colours[curve.run]
        for strokes, opacity in ((curve.raw, _FAINT), (curve.strokes, 1.0)):
            if strokes:
                yield Line(tuple(tuple(map(place, stroke)) for stroke in strokes), colour, 1.6, opacity)
        if curve.strokes and len(plot.runs) > 1:
            right, height = place(curve.strokes[-1][-1])
            yield Words((right + 6, height + 4), names[curve.run], 12, colour, bold=True)


def _legend(plot: Plot, panel: Panel, top: float) -> Iterator[Line | Words]:
    runs = {each.run: each for each in plot.runs}
    names, colours = letters(plot), _colours(plot)
    for at, curve in enumerate(panel.curves):
        height = top + at * _ROW
        yield Line((((_LEFT, height - 4), (_LEFT + 22, height - 4)),), colours[curve.run], 3)
        marked = f"{names[curve.run]}  " if len(plot.runs) > 1 else ""
        text = "   ".join(filter(None, (f"{marked}{owner(runs[curve.run])}", f"last {last(curve)}", gone(curve))))
        yield Words((_LEFT + 30, height), _cut(visible(text), _LONGEST_ROW), 12)


def _colours(plot: Plot) -> dict[str, str]:
    return {each.run: _PALETTE[at % len(_PALETTE)] for at, each in enumerate(plot.runs)}


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
