"""Metrics as tables."""

from array import array

import pytest
from tests.present.made import AT, an_id
from tests.present.pages import PIPE, page, remarks

from runlore.capture.metrics.series import Series
from runlore.ops.metrics import Metric, MetricsTable, RunMetrics
from runlore.present.csv import rows
from runlore.present.term.blocks import Frame

NOTHING = dict.fromkeys(("last", "min", "max", "count", "step"))


def _series(name: str, *points: tuple[int, float]) -> Metric:
    steps, values = array("q", (step for step, _ in points)), array("d", (value for _, value in points))
    last = {**NOTHING, "last": values[-1], "count": len(values), "step": steps[-1]}
    return Metric(name, last, (Series(name, steps, array("q", [AT] * len(steps)), values),))


def _table(*metrics: Metric) -> MetricsTable:
    return MetricsTable((RunMetrics(an_id("a"), None, "succeeded", metrics),))


def test_steps_of_all_series_are_merged_and_one_that_was_logged_twice_has_two_rows() -> None:
    table = _table(_series("a", (1, 0.5), (3, 0.25), (3, 0.125)), _series("b", (2, 7), (3, 8)))
    assert page("metrics/1", table) == (
        "step      a    b\n   1    0.5\n   2         7.0\n   3   0.25  8.0\n   3  0.125\n"
    )


def test_points_that_are_out_of_order_stand_in_order() -> None:
    assert page("metrics/1", _table(_series("a", (3, 1), (1, 2)))) == "step    a\n   1  2.0\n   3  1.0\n"


def test_what_does_not_fit_the_screen_is_named() -> None:
    table = _table(*(_series(f"metric_{at}", (0, at)) for at in range(9)))
    assert page("metrics/1", table, Frame(40, AT)).splitlines()[0] == "step  metric_0  metric_1  metric_2"
    assert page("metrics/1", table, PIPE).splitlines()[0].endswith("metric_8")


def test_a_record_that_says_nothing_of_a_metric_is_shown_as_such() -> None:
    table = _table(Metric("odd", NOTHING, None))
    assert page("metrics/1", table, last=True).splitlines()[1] == "odd"
    assert "".join(rows("metrics/1")(table)).splitlines()[1] == f"{an_id('a')},odd,,,,,"


@pytest.mark.parametrize(("state", "said"), [("running", "nothing is logged yet\n"), ("failed", "no metrics\n")])
def test_nothing_is_said_to_be_nothing(state: str, said: str) -> None:
    table = MetricsTable((RunMetrics(an_id("a"), None, state, ()),))
    assert (page("metrics/1", table), remarks("metrics/1", table)) == ("", said)
