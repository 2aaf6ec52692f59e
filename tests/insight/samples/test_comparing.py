"""What is seen of the samples of two runs."""

from pathlib import Path

import pytest
from tests.insight.samples.tables import Columns, a_table, compared, spoil, write

from runlore.insight.samples.comparing import NothingInCommonError
from runlore.insight.samples.duck import UnreadableError
from runlore.insight.samples.looking import Wish

A: Columns = {"id": [1, 2, 3, 4, 5], "target": ["a", "a", "b", "b", "b"], "prediction": ["a", "b", "b", "a", "a"]}


def test_samples_are_fixed_broken_or_still_what_they_were(tmp_path: Path) -> None:
    b: Columns = {**A, "prediction": ["b", "a", "b", "a", "b"]}
    found = compared(tmp_path, A, b)
    assert found.outcomes == (2, 1, 1, 1)
    assert (found.verdict.test, found.verdict.p) == ("mcnemar", 1.0)
    assert found.verdict.change == pytest.approx(-0.2)
    assert [(each.id, each.prediction_a, each.prediction_b) for each in found.broken] == [("1", "a", "b")]
    assert (found.rows, found.only_a, found.only_b, found.keyed_by) == (5, 0, 0, "id")


def test_order_does_not_matter_and_what_is_in_one_alone_is_said(tmp_path: Path) -> None:
    b: Columns = {"id": [9, 3, 1], "target": ["a", "b", "a"], "prediction": ["a", "a", "a"]}
    found = compared(tmp_path, A, b)
    assert (found.rows, found.only_a, found.only_b) == (2, 3, 1)
    assert (found.some_only_a, found.some_only_b) == (("2", "4", "5"), ("9",))
    assert found.outcomes == (0, 1, 0, 1)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_ids_of_text_are_shown_as_they_are(tmp_path: Path, form: str) -> None:
    a: Columns = {**A, "id": ["one.png", "two", "three", "four", "é'\""]}
    b: Columns = {
        "id": ["three", "nine", "é'\"", "one.png"],
        "target": ["b", "a", "b", "a"],
        "prediction": ["a", "a", "b", "b"],
    }
    found = compared(tmp_path, write(tmp_path, a, f"a.{form}"), write(tmp_path, b, f"b.{form}"))
    assert (found.rows, found.only_a, found.only_b) == (3, 2, 1)
    assert (found.some_only_a, found.some_only_b) == (("two", "four"), ("nine",))
    assert [(each.id, each.prediction_a) for each in found.broken] == [("three", "b"), ("one.png", "a")]


def test_nothing_in_common_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NothingInCommonError):
        compared(tmp_path, A, {**A, "id": [11, 12, 13, 14, 15]})


def test_ids_of_another_type_are_compared_as_text(tmp_path: Path) -> None:
    assert compared(tmp_path, A, {**A, "id": ["1", "2", "3", "4", "x"]}).rows == 4


def test_without_an_id_the_content_says_which_sample_it_is(tmp_path: Path) -> None:
    a: Columns = {
        "x": [1, 1, 2],
        "target": ["a", "a", "b"],
        "prediction": ["a", "b", "b"],
        "score": [0.5, 0.6, 0.7],
    }
    b: Columns = {
        "target": ["b", "a", "a"],
        "x": [2, 1, 1],
        "prediction": ["a", "b", "b"],
        "score": [0.1, 0.2, 0.3],
    }
    found = compared(tmp_path, a, b)
    assert (found.rows, found.keyed_by, found.outcomes) == (3, "content", (0, 2, 1, 0))
    assert "keyed-by-content" in {each.code for each in found.remarks}


def test_splits_are_kept_apart_where_both_have_them(tmp_path: Path) -> None:
    split: Columns = {"split": ["x", "x", "x", "y", "y"]}
    a: Columns = {**A, **split, "id": [1, 2, 3, 1, 2]}
    found = compared(tmp_path, a, {**a, "prediction": ["a", "a", "b", "b", "b"]})
    assert (found.rows, found.outcomes) == (5, (3, 0, 0, 2))
    assert [each[:2] for each in found.parts] == [("x", 3), ("y", 2)]
    bare: Columns = {"id": [1, 2, 3], "target": ["b", "b", "b"], "prediction": ["b", "b", "b"]}
    joined = compared(tmp_path, a, bare)
    assert (joined.rows, joined.only_a, joined.only_b) == (3, 0, 0)


def test_losses_are_compared_by_rank(tmp_path: Path) -> None:
    a: Columns = {"id": list(range(40)), "loss": [1.0 + at / 10 for at in range(40)]}
    b: Columns = {"id": list(range(40)), "loss": [1.2 + at / 9 for at in range(40)]}
    found = compared(tmp_path, a, b)
    assert (found.kind, found.verdict.test, found.outcomes) == ("loss", "wilcoxon", None)
    assert found.verdict.p < 1e-9
    assert found.verdict.low < found.verdict.change < found.verdict.high
    assert found.broken[0].id == "39"
    same = compared(tmp_path, a, a)
    assert (same.verdict.p, same.verdict.change, same.broken) == (1.0, 0.0, ())


def test_what_cannot_be_compared_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="sample by sample"):
        compared(tmp_path, A, {"id": [1, 2], "loss": [1.0, 2.0]})


def test_other_targets_are_said(tmp_path: Path) -> None:
    found = compared(tmp_path, A, {**A, "target": ["b", "a", "b", "b", "b"]})
    assert "1 sample whose target is another in b than in a" in [each.message for each in found.remarks]


def test_what_is_set_aside_is_said_of_each(tmp_path: Path) -> None:
    a = write(tmp_path, {"id": [1, 2, 3], "loss": ["0.5", "nan", "1"]}, "a.csv")
    b = write(tmp_path, {"id": [1, 2, 3], "loss": ["0.5", "1", ""]}, "b.csv")
    found = compared(tmp_path, a, b)
    assert (found.rows, found.only_a, found.only_b) == (1, 1, 1)
    assert [each.message[:3] for each in found.remarks] == ["a: ", "b: "]


def test_a_limit_is_kept_or_broken_by_the_slice_that_lost_most(tmp_path: Path) -> None:
    before, after = a_table(8), a_table(8)
    spoil(before, 1, lambda _: 0.2)
    spoil(after, 1, lambda row: 0.5 if row["site"] == "f" else 0.1)
    wish = Wish(least=300)
    kept = compared(tmp_path, before, after, wish, 0.9).gate
    broken = compared(tmp_path, before, after, wish, 0.05).gate
    assert kept is not None
    assert broken is not None
    assert (kept.passed, broken.passed, kept.worst == broken.worst) == (True, False, True)
    assert kept.worst is not None
    assert kept.worst.rows >= 300
    assert "site" in {each.column for each in kept.worst.conditions}
    alone = compared(tmp_path, before, after, Wish(least=4000), 0.0).gate
    assert alone is not None
    assert alone.worst is not None
    assert alone.worst.conditions == ()
    nobody = compared(tmp_path, before, after, Wish(least=5000), 0.0).gate
    assert nobody is not None
    assert (nobody.worst, nobody.passed) == (None, True)
