"""`plot`: curves made of characters, a panel for each metric."""

from collections.abc import Iterator

from runlore.ops.plot import Curve, Panel, Plot
from runlore.present.axes import Axis, across, upwards
from runlore.present.term.blocks import Block, Frame, Line, Span, Spans, View, cut, line, spans
from runlore.present.term.canvas import Canvas
from runlore.present.term.legend import gone, last, letters, manner, owner

_WIDTH, _NARROWEST, _HEIGHT = 80, 16, 10
_COLOURS = 6
_NAMED = 8
_ENDING = 6
"""Letters of curves that end in one row, at most."""
_AROUND = 4
"""Rows of a panel that are no curve: its name, the axis with its numbers, and an empty one."""


def view(plot: Plot, frame: Frame, *, rows: int | None = None) -> View:
    """The panels below each other; only as many as fit in ``rows``, if that is given."""
    blocks: list[Block] = []
    undrawn = list(plot.more)
    room = rows
    for panel in plot.panels:
        needed = _HEIGHT + _AROUND + len(panel.curves)
        if room is not None and blocks and needed > room:
            undrawn.append(panel.metric)
            continue
        room = None if room is None else room - needed
        blocks += [Line()] * bool(blocks) + [*_panel(plot, panel, frame)]
    return View(tuple(blocks), _remarks(plot, undrawn))


def _panel(plot: Plot, panel: Panel, frame: Frame) -> Iterator[Block]:
    said = manner(plot)
    yield cut(Span(panel.metric, "heading"), Span(f"  {said}" if said else "", "dim"))
    several = len(plot.runs) > 1
    x, below = across(*panel.x, time=plot.x == "time")
    y = upwards((point[1] for curve in panel.curves for stroke in curve.strokes for point in stroke), log=plot.log)
    numbers = {round((1 - at) * (_HEIGHT - 1)): said for at, said in y.ticks(_HEIGHT // 2)}
    gutter = max(map(len, numbers.values()), default=0) + 1
    beside = 1 + min(len(panel.curves), _ENDING) if several else 0
    width = max(_NARROWEST, (frame.width or _WIDTH) - gutter - 1 - beside)
    yield from _drawn(plot, panel, (x, y), (numbers, gutter, width), frame)
    yield from _across(x, below, gutter, width, ascii_only=frame.ascii_only)
    yield from (cut(*_legend(plot, curve)) for curve in panel.curves)


def _drawn(
    plot: Plot, panel: Panel, axes: tuple[Axis, Axis], sizes: tuple[dict[int, str], int, int], frame: Frame
) -> Iterator[Line]:
    """The curves beside their numbers, each with its letter where it ends, if there are several."""
    (x, y), (numbers, gutter, width) = axes, sizes
    several = len(plot.runs) > 1
    # Dots of several curves are told apart by colour alone, which a pipe does not have.
    canvas = Canvas(width, _HEIGHT, braille=not frame.ascii_only and not (several and frame.width is None))
    names = letters(plot) if several else {plot.runs[0].run: "*"}
    owners = _owners(plot)
    ends: dict[int, Spans] = {}
    for curve in panel.curves:
        for stroke in curve.strokes:
            canvas.stroke([(x.place(at), y.place(value)) for at, value in stroke], owners[curve.run])
        if several and curve.strokes:
            end = canvas.row_of(y.place(curve.strokes[-1][-1][1]))
            if len(said := ends.get(end, spans(" "))) <= _ENDING:
                ends[end] = (*said, Span(names[curve.run], _meaning(plot, curve.run)))
    marks = {owners[run]: name for run, name in names.items()}
    meanings = {owners[run]: _meaning(plot, run) for run in names}
    wall, tick = ("|", "+") if frame.ascii_only else ("│", "┤")
    for at, row in enumerate(canvas.rows(marks, meanings)):
        label = f"{numbers.get(at, ''):>{gutter - 1}} {tick if at in numbers else wall}"
        yield Line((Span(label, "dim"), *row, *ends.get(at, ())))


def _across(x: Axis, below: str, gutter: int, width: int, *, ascii_only: bool) -> Iterator[Line]:
    """The axis below with its numbers, and what they are."""
    corner, floor, tick = ("+", "-", "+") if ascii_only else ("└", "─", "┬")
    bar, said = [floor] * width, [" "] * (gutter + 1 + width)
    free, end = 0, len(said) - len(below) - 2
    for at, text in x.ticks(max(2, width // 14)):
        place = round(at * (width - 1))
        start = gutter + 1 + place - len(text) // 2
        if free <= start <= end - len(text):
            bar[place] = tick
            said[start : start + len(text)] = text
            free = start + len(text) + 2
    said[-len(below) :] = below
    yield line(Span(" " * gutter + corner + "".join(bar), "dim"))
    yield line(Span("".join(said), "dim"))


def _legend(plot: Plot, curve: Curve) -> Spans:
    run = next(each for each in plot.runs if each.run == curve.run)
    marked = f"{letters(plot)[curve.run]}  " if len(plot.runs) > 1 else ""
    lost = gone(curve)
    return spans(
        Span(f"{marked}{owner(run)}", _meaning(plot, curve.run)),
        "  last ",
        Span(last(curve), "metric"),
        Span(f"  {lost}" if lost else "", "warn"),
    )


def _owners(plot: Plot) -> dict[str, int]:
    return {each.run: at % 255 + 1 for at, each in enumerate(plot.runs)}


def _meaning(plot: Plot, run: str) -> str:
    return f"curve{(_owners(plot)[run] - 1) % _COLOURS}"


def _remarks(plot: Plot, undrawn: list[str]) -> tuple[Line, ...]:
    if not plot.panels:
        return (line("nothing is logged yet"),)
    if not undrawn:
        return ()
    more = f" and {len(undrawn) - _NAMED:,} more" if len(undrawn) > _NAMED else ""
    return (line(Span(f"not drawn: {', '.join(undrawn[:_NAMED])}{more}; -m METRIC draws one", "dim")),)
