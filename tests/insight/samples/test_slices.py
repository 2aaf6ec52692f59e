"""Slices: those that were put there are found, first and as they are; chance makes none."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.insight.samples.tables import a_table, compared, looked, said, spoil

from runlore.insight.samples.looking import Wish

Row = dict[str, Any]
PLANTED: dict[str, tuple[Callable[[Row], bool], ...]] = {
    "a value": (lambda row: row["site"] == "c",),
    "a truth value and a value": (lambda row: row["flag"] and row["site"] == "a",),
    "above an edge": (lambda row: row["age"] > 80,),
    "up to an edge": (lambda row: row["age"] <= 10,),
    "a bin": (lambda row: 40 < row["age"] <= 50,),
    "what is missing": (lambda row: row["camera"] is None,),
    "a whole number and a value": (lambda row: row["level"] == 3 and row["camera"] == "left",),
    "a class": (lambda row: row["target"] == 2,),
    "a class and a value": (lambda row: row["target"] == 1 and row["site"] == "b",),
    "two": (lambda row: row["site"] == "d", lambda row: row["level"] >= 4 and row["flag"]),
}
COLUMNS: dict[str, list[set[str]]] = {
    "a value": [{"site"}],
    "a truth value and a value": [{"flag", "site"}],
    "above an edge": [{"age"}],
    "up to an edge": [{"age"}],
    "a bin": [{"age"}],
    "what is missing": [{"camera"}],
    "a whole number and a value": [{"level", "camera"}],
    "a class": [{"true class"}],
    "a class and a value": [{"true class", "site"}],
    "two": [{"site"}, {"flag", "level"}],
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_was_put_there_is_found_first(tmp_path: Path, name: str) -> None:
    table = a_table(len(name))
    spoil(table, 3, lambda row: 0.45 if any(each(row) for each in PLANTED[name]) else 0.08)
    slices = looked(tmp_path, table).slices
    first = [said(each.conditions) for each in slices.found[: len(COLUMNS[name])]]
    assert sorted(first, key=sorted) == sorted(COLUMNS[name], key=sorted)
    assert len(slices.found) <= len(first) + 1
    assert all(each.error > each.rest and each.q <= 0.05 and each.rows >= slices.least for each in slices.found)


def test_three_conditions_are_found_where_they_are_asked_for(tmp_path: Path) -> None:
    table = a_table(5, rows=6000)
    spoil(table, 5, lambda row: 0.9 if row["flag"] and row["level"] == 2 and row["site"] == "a" else 0.05)
    found = looked(tmp_path, table, Wish(depth=3)).slices.found
    assert any(said(each.conditions) == {"flag", "level", "site"} for each in found)
    assert all(len(each.conditions) <= 2 for each in looked(tmp_path, table).slices.found)


def test_where_errors_are_shuffled_there_is_no_slice(tmp_path: Path) -> None:
    invented = 0
    for seed in range(12):
        table = a_table(seed, rows=1500)
        spoil(table, seed, lambda _: 0.15)
        found = looked(tmp_path, table).slices
        assert found.tested > 500
        invented += bool(found.found)
    assert invented <= 1


def test_where_losses_are_shuffled_there_is_no_slice(tmp_path: Path) -> None:
    invented = 0
    for seed in range(12):
        chance = random.Random(seed)  # noqa: S311 - made up
        table = a_table(seed, rows=1500)
        del table["target"], table["prediction"]
        table["loss"] = [chance.lognormvariate(0, 2) for _ in table["id"]]
        invented += bool(looked(tmp_path, table).slices.found)
    assert invented <= 1


def test_slices_of_losses_and_of_distances_are_found(tmp_path: Path) -> None:
    chance = random.Random(4)  # noqa: S311 - made up
    table = a_table(4)
    table["target"] = [chance.gauss(0, 10) for _ in table["id"]]
    wide = [5.0 if site == "e" else 1.0 for site in table["site"]]
    table["prediction"] = [t + chance.gauss(0, s) for t, s in zip(table["target"], wide, strict=True)]
    found = looked(tmp_path, table)
    assert (found.kind, found.error, found.slices.test) == ("regression", "absolute", "welch")
    assert said(found.slices.found[0].conditions) == {"site"}
    assert found.slices.found[0].effect > 0.5


def test_a_slice_that_got_worse_is_found_though_the_average_got_better(tmp_path: Path) -> None:
    before, after = a_table(8), a_table(8)
    spoil(before, 1, lambda _: 0.25)
    spoil(after, 2, lambda row: 0.6 if row["site"] == "f" and row["flag"] else 0.1)
    found = compared(tmp_path, before, after)
    assert found.verdict.change < 0
    assert found.verdict.p < 0.05
    assert [said(each.conditions) for each in found.slices] == [{"site", "flag"}]
    (one,) = found.slices
    assert one.change == pytest.approx(one.error_b - one.error_a)
    assert one.change > 0.2


def test_columns_with_very_many_values_or_none_are_left_out_and_said(tmp_path: Path) -> None:
    table = a_table(2)
    table["nothing"] = [None] * len(table["id"])
    table["same"] = ["x"] * len(table["id"])
    spoil(table, 1, lambda row: 0.5 if row["site"] == "a" else 0.1)
    slices = looked(tmp_path, table).slices
    assert {"text", "nothing"} <= set(slices.left_out)
    assert "site" in slices.columns


def test_no_slice_is_smaller_than_was_asked_for(tmp_path: Path) -> None:
    table = a_table(3)
    spoil(table, 1, lambda row: 0.6 if row["site"] == "a" and row["level"] == 1 else 0.1)
    for least in (50, 400):
        slices = looked(tmp_path, table, Wish(least=least)).slices
        assert slices.least == least
        assert all(each.rows >= least for each in slices.found)
