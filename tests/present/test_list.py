"""`list` as a person reads it."""

from tests.present.made import a_short_run, an_id
from tests.present.pages import NARROW, page, remarks

from runlore.ops.results import (
    Run,
    RunList,
)
from runlore.present.term import view
from runlore.present.term.blocks import Frame, Table


def _list(*runs: Run, total: int | None = None) -> RunList:
    return RunList(runs=runs, total=len(runs) if total is None else total)


def test_list_shows_what_differs_and_how_it_went() -> None:
    runs = _list(
        a_short_run(params={"lr": 0.1, "seed": 1}, tags=()),
        a_short_run(
            id=an_id("7"), name=None, state="failed", params={"lr": 0.2, "seed": 1}, metrics={}, duration=185.0
        ),
    )
    head, first, second = page("run-list/1", runs, NARROW).splitlines()
    assert head.split() == ["id", "state", "age", "duration", "commit", "command", "accuracy"]
    assert first.split() == [
        "3f9a2c1b",
        "succeeded",
        "3",
        "min",
        "2.1s",
        "a1b2c3d*",
        *["baseline:", "train.py", "--lr", "0.1", "0.972"],
    ]
    assert "failed" in second
    assert "3m05s" in second


def test_list_in_a_pipe_has_the_local_time_instead_of_an_age() -> None:
    head = page("run-list/1", _list(a_short_run(tags=(), code={"git": None}, metrics={}))).splitlines()[0]
    assert head.split() == ["id", "state", "started", "duration", "commit", "command", "tags"]


def test_list_leaves_columns_out_before_it_runs_over_the_edge() -> None:
    metrics = {f"metric_number_{at}": {"last": 0.123456} for at in range(9)}
    head = page("run-list/1", _list(a_short_run(metrics=metrics)), NARROW).splitlines()[0]
    assert "metric_number_0" in head
    assert "metric_number_8" not in head
    assert "metric_number_8" in page("run-list/1", _list(a_short_run(metrics=metrics)), Frame(1000, 0))


def test_list_shows_the_columns_that_were_chosen_whatever_the_width() -> None:
    head, row = page("run-list/1", _list(a_short_run()), NARROW, columns=("name", "params.lr", "dirty")).splitlines()
    assert head.split() == ["name", "lr", "dirty"]
    assert row.split() == ["baseline", "0.1", "true"]


def test_a_parameter_and_a_metric_of_one_name_are_told_apart() -> None:
    run = a_short_run(params={"lr": 0.1, "seed": 1}, metrics={"lr": {"last": 0.001}})
    shown = page("run-list/1", _list(run), NARROW, columns=("id", "params.lr", "metrics.lr", "params.seed"))
    assert [row.split() for row in shown.splitlines()] == [
        ["id", "params.lr", "metrics.lr", "seed"],
        ["3f9a2c1b", "0.1", "0.001", "1"],
    ]


def test_list_says_how_many_runs_it_did_not_show() -> None:
    assert remarks("run-list/1", _list(a_short_run(), total=10_000)) == "1 of 10,000 runs; -n 0 for all\n"
    assert remarks("run-list/1", _list(a_short_run())) == ""


def test_an_empty_list_says_what_to_do_or_that_nothing_matches() -> None:
    assert page("run-list/1", _list()) == ""
    assert "mlrun exec train.py" in remarks("run-list/1", _list())
    assert remarks("run-list/1", _list(), filtered=True) == "no run matches\n"


def test_the_best_value_stands_out_in_colour_and_a_group_is_named_once_on_a_screen() -> None:
    runs = _list(
        *(a_short_run(id=an_id(digit), metrics={"loss": {"last": loss}}) for digit, loss in (("1", 0.5), ("2", 0.25)))
    )
    made = view("run-list/1")(runs, NARROW, columns=("metrics.loss",), group="experiment")
    table = made.blocks[0]
    assert isinstance(table, Table)
    assert [column.title for column in table.columns] == ["experiment", "loss"]
    assert [[[*map(tuple, cell)] for cell in row] for row in table.rows] == [
        [[("ablation", "")], [("0.5", "metric")]],
        [[], [("0.25", "best")]],
    ]
