"""Curves as characters and as marks on a page."""

from typing import Any

from tests.present.made import AT, an_id
from tests.present.pages import page, remarks

from runlore.ops.plot import Curve, Drawn, Panel, Plot
from runlore.present.plot.figure import Line, Words, figure
from runlore.present.term.blocks import Frame
from runlore.present.term.canvas import Canvas

SMALL = Frame(30, AT, ascii_only=True)
A, B = an_id("a"), an_id("b")


def _curve(run: str, *points: tuple[float, float], **changes: Any) -> Curve:  # noqa: ANN401 - any field
    curve = Curve(
        run, (points,) if points else (), (), len(points), points[-1][1] if points else float("nan"), 0, None, 0, 0
    )
    return curve._replace(**changes)


def _plot(*curves: Curve, **changes: Any) -> Plot:  # noqa: ANN401 - any field
    runs = tuple(Drawn(run, None, "succeeded", {}) for run in dict.fromkeys(curve.run for curve in curves))
    return Plot("step", False, 0.0, runs, (Panel("loss", (0, 10), curves),), ())._replace(**changes)


def test_a_curve_in_ascii() -> None:
    assert page("plot/1", _plot(_curve(A, (0, 0), (10, 9))), SMALL) == (
        "loss\n"
        "  |                         **\n"
        "8 +                      ***\n"
        "  |                   ***\n"
        "6 +                ***\n"
        "  |             ***\n"
        "4 +           **\n"
        "  |        ***\n"
        "2 +     ***\n"
        "  |  ***\n"
        "0 +**\n"
        "  ++------------+-------------\n"
        "   0            5         step\n"
        "aaaaaaaa  last 9\n"
    )


def test_of_several_runs_each_has_a_letter_where_it_ends() -> None:
    rows = page("plot/1", _plot(_curve(A, (0, 0), (5, 9)), _curve(B, (0, 9), (10, 0))), SMALL).splitlines()
    assert rows[1].endswith(" a")
    assert rows[10].endswith(" b")
    assert rows[-2:] == ["a  aaaaaaaa  last 9", "b  bbbbbbbb  last 0"]


def test_a_parameter_of_any_length_leaves_room_for_what_the_curve_came_to() -> None:
    run = Drawn(A, None, "succeeded", {"text": "long " * 1000, "lr": 0.1})
    shown = page("plot/1", _plot(_curve(A, (0, 0), (10, 9)), runs=(run,)), SMALL._replace(width=90))
    assert shown.endswith("aaaaaaaa  text=long long long long l...  lr=0.1  last 9\n")


def test_letters_of_curves_that_end_together_fit_beside_them() -> None:
    ids = [an_id(digit) for digit in "123456789"]
    rows = page("plot/1", _plot(*(_curve(run, (0, 0), (10, 9)) for run in ids)), SMALL).splitlines()
    assert rows[1].endswith(" abcdef")
    assert max(map(len, rows[:13])) <= 30


def test_a_curve_of_nothing_finite_is_an_empty_panel_that_says_so() -> None:
    shown = page("plot/1", _plot(_curve(A, points=3, not_finite=3, first_gap=7)), SMALL)
    assert shown.endswith("aaaaaaaa  last nan  3 of 3 not finite, the first at step 7\n")
    assert "*" not in shown


def test_only_as_many_panels_are_drawn_again_as_there_are_rows_for() -> None:
    plot = _plot(_curve(A, (0, 0), (1, 1)))
    plot = plot._replace(panels=tuple(panel._replace(metric=name) for name in "xyz" for panel in plot.panels))
    assert page("plot/1", plot, SMALL, rows=35).count("last 1") == 2
    assert remarks("plot/1", plot, rows=35) == "not drawn: z; -m METRIC draws one\n"
    assert page("plot/1", plot, SMALL, rows=1).count("last 1") == 1


def test_a_canvas_joins_dots_and_the_last_to_draw_owns_a_place() -> None:
    canvas = Canvas(4, 2, braille=True)
    canvas.stroke([(0, 0), (1, 1)], 1)
    first = ["".join(span.text for span in row) for row in canvas.rows({}, {1: "x"})]
    assert first == ["  ⡠⠊", "⡠⠊  "]
    canvas.stroke([(0, 1), (0, 1)], 2)
    top, _ = canvas.rows({}, {1: "x", 2: "y"})
    assert [(span.text.strip(), span.meaning) for span in top] == [("⠁", "y"), ("⡠⠊", "x")]


def test_a_picture_has_a_label_for_every_run_and_all_of_it_lies_on_the_page() -> None:
    found = figure(_plot(_curve(A, (0, 1e-9), (10, 1e9)), _curve(B, (3, 5)), log=True))
    words = [mark for mark in found.marks if isinstance(mark, Words)]
    assert {"a", "b"} <= {mark.text for mark in words}
    assert words[0].text == "loss (logarithmic)"
    places = [place for mark in found.marks if isinstance(mark, Line) for stroke in mark.strokes for place in stroke]
    places += [mark.place for mark in words]
    assert all(0 <= x <= found.width and 0 <= y <= found.height for x, y in places)
