"""Runs as rows."""

import csv
import io

import pytest
from tests.present.made import AT, a_short_run, an_id

from runlore.errors import UsageError
from runlore.ops.results import Run, RunList
from runlore.present.columns import best, check, differing_params, group_runs, metric_names, value
from runlore.present.csv import text
from runlore.records.canonical import Json


def _metric(**last: float) -> dict[str, dict[str, object]]:
    return {name: {"last": number, "max": number + 1} for name, number in last.items()}


def _runs(*losses: float | None) -> tuple[Run, ...]:
    return tuple(
        a_short_run(id=f"{at:064x}", metrics={} if loss is None else _metric(loss=loss))
        for at, loss in enumerate(losses)
    )


def test_a_metric_is_its_last_value_or_a_named_statistic() -> None:
    run = a_short_run(metrics={**_metric(acc=0.5), **_metric(**{"val.max": 9})})
    assert value(run, "metrics.acc") == 0.5
    assert value(run, "metrics.acc.max") == 1.5
    assert value(run, "metrics.val.max") == 9
    assert value(run, "metrics.acc.median") is None
    assert value(run, "metrics.none") is None


def test_a_parameter_may_have_dots_in_its_name() -> None:
    assert value(a_short_run(), "params.model.depth") == 3
    assert value(a_short_run(), "params.none") is None


def test_git_columns_are_empty_without_git() -> None:
    run = a_short_run(code={"tree": None, "files": 0, "bytes": 0, "git": None, "patch": None})
    assert [value(run, key) for key in ("commit", "branch", "dirty")] == [None, None, None]


def test_a_column_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UsageError, match='no column "colour"') as caught:
        check(["id", "params.x", "colour"])
    assert caught.value.hint is not None
    assert "metrics.NAME" in caught.value.hint


def test_only_parameters_that_differ_are_of_interest() -> None:
    runs = [a_short_run(params={"lr": 0.1, "seed": 1}), a_short_run(params={"lr": 0.2, "seed": 1, "extra": 1})]
    assert differing_params(runs) == ["lr", "extra"]
    assert differing_params(runs[:1]) == []


def test_true_and_one_are_different_values_of_a_parameter() -> None:
    assert differing_params([a_short_run(params={"a": True}), a_short_run(params={"a": 1})]) == ["a"]


def test_metrics_that_most_runs_have_come_first() -> None:
    runs = [a_short_run(metrics=_metric(a=1, z=1)), a_short_run(metrics=_metric(z=1))]
    assert metric_names(runs) == ["z", "a"]


def test_grouping_puts_runs_together_in_the_order_in_which_the_groups_first_appear() -> None:
    runs = tuple(a_short_run(id=an_id(str(at)), experiment=name) for at, name in enumerate(["b", "a", "b", None, "a"]))
    grouped = group_runs(RunList(runs=runs, total=9), "experiment")
    assert [run.id[0] for run in grouped.runs] == ["0", "2", "1", "4", "3"]
    assert grouped.total == 9


def test_grouping_by_an_unknown_column_is_refused() -> None:
    with pytest.raises(UsageError):
        group_runs(RunList(runs=(), total=0), "nothing")


def test_the_best_value_is_known_where_the_name_of_the_metric_says_so() -> None:
    runs = [a_short_run(metrics=_metric(**{"val/acc": at, "loss": at, "epoch": at})) for at in (0.5, 0.7, 0.1)]
    runs.append(a_short_run(metrics=_metric(**{"val/acc": float("nan"), "loss": float("-inf")})))

    def of(key: str, among: list[Run]) -> Json:
        return best([value(run, key) for run in among], key)

    assert of("metrics.val/acc", runs) == 0.7
    assert of("metrics.loss", runs) == 0.1
    assert of("metrics.epoch", runs) is None
    assert of("metrics.loss", runs[:1]) is None


def test_csv_has_raw_values_and_every_parameter_and_metric() -> None:
    run = a_short_run(name='with "quotes", and comma')
    rows = list(csv.DictReader(io.StringIO(text(RunList(runs=(run,), total=1)))))
    assert len(rows) == 1
    assert rows[0]["id"] == run.id
    assert rows[0]["name"] == 'with "quotes", and comma'
    assert rows[0]["started"] == "2026-11-23T12:48:03.123456Z"
    assert rows[0]["dirty"] == "true"
    assert rows[0]["params.lr"] == "0.1"
    assert rows[0]["params.note"] == ""
    assert rows[0]["metrics.accuracy"] == "0.972"


def test_csv_has_the_chosen_columns_in_the_chosen_order() -> None:
    shown = text(RunList(runs=(a_short_run(started_at=AT),), total=1), ["params.lr", "state", "metrics.accuracy.max"])
    assert shown == "params.lr,state,metrics.accuracy.max\n0.1,succeeded,0.98\n"


def test_a_parameter_may_be_larger_than_any_double() -> None:
    runs = [a_short_run(params={"n": 10**400}), a_short_run(params={"n": 1})]
    assert best(runs, "params.n") is None
