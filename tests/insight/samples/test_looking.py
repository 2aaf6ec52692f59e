"""What is seen of one table of samples: what kind it is, what is wrong, and what is set aside."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from tests.insight.samples.tables import Columns, a_table, looked, spoil, write

from runlore.insight.samples.duck import UnreadableError, database
from runlore.insight.samples.looking import Wish, look
from runlore.insight.samples.results import Roles
from runlore.insight.samples.roles import NoSuchColumnError
from runlore.insight.samples.sources import Source

TEN = list(range(10))


@pytest.mark.parametrize(
    ("target", "prediction", "kind", "errors"),
    [
        (["a", "b", "c"], ["a", "c", "c"], "classification", [0, 1, 0]),
        ([True, False, True], [True, True, True], "classification", [0, 1, 0]),
        ([1, 2, 3], [1, 2, 4], "classification", [0, 0, 1]),
        ([1.0, 2.0, 3.0], [1, 2, 4], "classification", [0, 0, 1]),
        ([True, False, True], [1, 1, 1], "classification", [0, 1, 0]),
        ([0, 1, 1], [0.2, 0.9, 0.4], "classification", [0, 0, 1]),
        ([1.5, 2.5, 3.0], [1.0, 2.5, 5.0], "regression", [0.5, 0, 2]),
        ([2, 0, 1], [[0.1, 0.1, 0.8], [0.5, 0.3, 0.2], [0.9, 0.1, 0]], "classification", [0, 0, 1]),
        (["x", "y", "x"], [{"x": 0.9, "y": 0.1}, {"x": 0.4, "y": 0.6}, {"x": 0.2, "y": 0.8}], "classification",
         [0, 0, 1]),
        ([[1, 0, 1, 0], [0, 0, 0, 1], [1, 1, 1, 1]], [[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]], "multi-label",
         [0.25, 0, 1]),
        ([[1, 0], [0, 1], [1, 1]], [[0.9, 0.2], [0.6, 0.7], [0.5, 0.5]], "multi-label", [0, 0.5, 0]),
        ([["a", "b"], ["a"], []], [["a"], ["a"], []], "multi-label", [0.5, 0, 0]),
    ],
)  # fmt: skip
def test_what_an_error_is_follows_from_the_columns(
    tmp_path: Path, target: list[Any], prediction: list[Any], kind: str, errors: list[float]
) -> None:
    found = looked(tmp_path, {"id": [1, 2, 3], "target": target, "prediction": prediction}, Wish(limit=3))
    assert found.kind == kind
    assert found.total.error == pytest.approx(sum(errors) / 3)
    assert {each.id: each.error for each in found.worst} == {
        str(at): pytest.approx(error) for at, error in enumerate(errors, 1) if error
    }


def test_a_loss_is_the_error_where_there_is_one(tmp_path: Path) -> None:
    found = looked(tmp_path, {"id": [1, 2], "target": ["a", "b"], "prediction": ["a", "a"], "loss": [0.1, 2.5]})
    assert (found.error, found.total.error, found.total.accuracy) == ("loss", 1.3, 0.5)
    assert found.worst[0].error == 2.5
    alone = looked(tmp_path, {"id": [1, 2], "loss": [0.1, 2.5]})
    assert (alone.kind, alone.confusion, alone.total.accuracy) == ("loss", None, None)


def test_what_has_no_error_is_set_aside_counted_and_said(tmp_path: Path) -> None:
    table: Columns = {
        "id": [1, 2, 3, 4, 5],
        "target": ["a", None, "b", "b", "a"],
        "prediction": ["a", "a", None, "b", "b"],
        "split": ["x", "x", "x", "y", "y"],
    }
    found = looked(tmp_path, table)
    assert (found.rows, found.set_aside) == (3, (2, 0, 0))
    assert [(each.split, each.rows) for each in found.parts] == [("x", 1), ("y", 2)]
    assert [each.code for each in found.remarks] == ["missing"]
    labels: Columns = {"id": [1, 2, 3], "target": ["1", "nan", "2"], "prediction": ["1", "2", "1"]}
    found = looked(tmp_path, write(tmp_path, labels, "predictions.csv"))
    assert (found.kind, found.rows, found.set_aside.missing) == ("classification", 2, 1)
    losses = write(tmp_path, {"id": [1, 2, 3, 4], "loss": ["0.5", "nan", "inf", ""]}, "predictions.csv")
    found = looked(tmp_path, losses)
    assert (found.rows, found.set_aside, found.total.error) == (1, (1, 2, 0), 0.5)


def test_the_last_one_of_an_id_counts(tmp_path: Path) -> None:
    table: Columns = {
        "id": [1, 2, 1, 1],
        "target": ["a"] * 4,
        "prediction": ["b", "b", "b", "a"],
        "split": list("xxxy"),
    }
    found = looked(tmp_path, table)
    assert (found.rows, found.set_aside.repeated) == (3, 1)
    assert [each.code for each in found.remarks] == ["repeated"]


def test_only_one_split_is_looked_at_if_it_is_named(tmp_path: Path) -> None:
    table: Columns = {"id": [1, 2, 3], "target": ["a"] * 3, "prediction": ["a", "b", "b"], "split": ["x", "x", "y's"]}
    assert looked(tmp_path, table, Wish(split="y's")).rows == 1
    with pytest.raises(UnreadableError, match="no sample"):
        looked(tmp_path, table, Wish(split="z"))
    bare = {name: values for name, values in table.items() if name != "split"}
    with pytest.raises(UnreadableError, match="split"):
        looked(tmp_path, bare, Wish(split="x"))


def test_columns_can_be_named(tmp_path: Path) -> None:
    table: Columns = {"name": ["p", "q"], "was": ["a", "b"], "said": ["a", "a"], "how": [1, 2]}
    told = Roles(id="name", target="was", prediction="said")
    assert [each.id for each in looked(tmp_path, table, Wish(told)).worst] == ["q"]
    with pytest.raises(NoSuchColumnError) as caught:
        looked(tmp_path, table, Wish(told._replace(loss="none")))
    assert caught.value.there == ("name", "was", "said", "how")
    with pytest.raises(UnreadableError, match="neither a loss nor"):
        looked(tmp_path, table)
    with pytest.raises(UnreadableError, match="holds no numbers"):
        looked(tmp_path, table, Wish(Roles(loss="was")))


def test_names_are_known_in_any_case(tmp_path: Path) -> None:
    found = looked(tmp_path, write(tmp_path, {"Y_True": [1, 2], "Pred": [1, 1], "IDX": [8, 9]}, "predictions.csv"))
    assert found.roles[:3] == ("IDX", "Y_True", "Pred")
    assert [each.id for each in found.worst] == ["9"]


def test_without_an_id_samples_are_known_by_their_content(tmp_path: Path) -> None:
    found = looked(tmp_path, {"target": ["a", "a"], "prediction": ["b", "b"], "x": [1, 1]})
    assert [each.code for each in found.remarks] == ["keyed-by-content"]
    assert len({each.id for each in found.worst}) == 2


def test_one_class_and_one_sample_are_no_trouble(tmp_path: Path) -> None:
    found = looked(tmp_path, {"id": TEN, "target": ["a"] * 10, "prediction": ["a"] * 10, "x": TEN})
    assert (found.total.error, found.worst, found.slices.found) == (0, (), ())
    assert found.confusion is not None
    assert found.confusion.counts == ((10,),)
    assert looked(tmp_path, {"id": [1], "target": ["a"], "prediction": ["b"]}).total.error == 1


def test_the_confusion_table_has_the_most_frequent_classes_and_the_others(tmp_path: Path) -> None:
    many = [f"c{at}" for at in range(30)]
    found = looked(tmp_path, {"id": list(range(60)), "target": many * 2, "prediction": many + many[1:] + many[:1]})
    assert found.confusion is not None
    assert (len(found.confusion.classes), found.confusion.classes[-1]) == (21, None)
    assert sum(map(sum, found.confusion.counts)) == 60
    numbers = looked(tmp_path, {"id": [1, 2, 3], "target": [2, 10, 9], "prediction": [10, 10, 2]}).confusion
    assert numbers is not None
    assert numbers.classes == ("2", "9", "10")
    assert numbers.counts == ((0, 0, 1), (1, 0, 0), (0, 0, 1))


def test_probabilities_are_held_against_what_came_of_them(tmp_path: Path) -> None:
    table: Columns = {
        "id": TEN,
        "target": ["a", "b"] * 5,
        "prediction": ["a", "b"] * 4 + ["b", "a"],
        "confidence": [0.95] * 5 + [0.75] * 5,
    }
    found = looked(tmp_path, table).calibration
    assert found is not None
    assert [(each.rows, each.accuracy) for each in found.bins] == [(5, 0.6), (5, 1.0)]
    assert found.ece == pytest.approx((5 * 0.15 + 5 * 0.05) / 10)
    one_of_two = looked(tmp_path, {"id": [1, 2], "target": [0, 1], "prediction": [0.1, 0.8]}).calibration
    assert one_of_two is not None
    assert sorted(each.confidence for each in one_of_two.bins) == pytest.approx([0.8, 0.9])
    scores: Columns = {**table, "confidence": [float(at) for at in TEN]}
    assert looked(tmp_path, scores).calibration is None


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "jsonl.gz"])
@pytest.mark.parametrize(
    "data", [b"", b"\0\xff" * 500, b"PAR1PAR1", b"\x1f\x8b\x08junk", b"{\n", b"[1,2\n" * 9, b"a" * 10_000]
)
def test_a_file_that_is_no_table_is_said_to_be_none(tmp_path: Path, form: str, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(UnreadableError) as caught:
        looked(tmp_path, Source(str(path), form, [{"name": "id", "type": "integer"}]))
    assert "\n" not in str(caught.value)


def test_strange_names_and_values_are_columns_and_values_like_others(tmp_path: Path) -> None:
    names = ["a'b", 'c"d', "x; DROP TABLE judged_a --", "\x1b[2J", "row", "error", "f0", "f1"]
    table = a_table(1, rows=600)
    for name in names:
        table[name] = ["it's", '"q"', "\x1b[31m", "\\"] * 150
    table["loss"] = [1.0 if at % 4 == 2 else 0.0 for at in range(600)]
    found = looked(tmp_path, table)
    (one,) = found.slices.found[0].conditions
    assert (one.column in names, one.value) == (True, "\x1b[31m")
    assert set(found.worst[0].values) == set(table)


def test_dates_make_slices_too(tmp_path: Path) -> None:
    table = a_table(1, rows=2000)
    table["day"] = [f"2025-{1 + at % 12:02d}-{1 + at % 28:02d}" for at in range(2000)]
    spoil(table, 1, lambda row: 0.7 if row["day"] >= "2025-12" else 0.05)
    (first, *_) = looked(tmp_path, table).slices.found
    assert [(each.column, each.op) for each in first.conditions] == [("day", "within")]
    assert str(first.conditions[0].low) >= "2025-11"
    json.dumps(first.conditions)


def test_a_database_opens_nothing_but_its_files(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    given = tmp_path / "given.csv"
    given.write_text("id,target,prediction\n1,a,b\n")
    with database(str(tmp_path), [str(given)]) as opened:
        assert look(opened, Source(str(given), "csv"), Wish()).rows == 1
        for query in (
            f"SELECT * FROM '{other}'",  # noqa: S608 - of the test
            f"COPY (SELECT 1) TO '{tmp_path}/made.csv'",
            f"ATTACH '{tmp_path}/made.db'",
            "INSTALL httpfs",
            "LOAD httpfs",
            "SET enable_external_access = true",
            "SET memory_limit = '100GB'",
            "SELECT * FROM 'https://example.org/x.parquet'",
        ):
            with pytest.raises(UnreadableError):
                opened.run(query)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["given.csv", "other.csv"]


def test_a_file_that_unpacks_to_far_more_is_read_within_bounds(tmp_path: Path) -> None:
    import gzip  # noqa: PLC0415 - for this one

    path = tmp_path / "bomb"
    line = b'{"split":null,"columns":{"id":[' + b"1," * 30_000_000 + b"1]}}\n"
    path.write_bytes(gzip.compress(line * 2, 1))
    columns = [{"name": "id", "type": "integer"}, {"name": "loss", "type": "number"}]
    with database(str(tmp_path), [str(path)], memory=100 << 20) as opened, pytest.raises(UnreadableError):
        look(opened, Source(str(path), "jsonl.gz", columns), Wish())


def test_numbers_are_numbers_also_where_they_are_huge(tmp_path: Path) -> None:
    found = looked(tmp_path, {"id": [2**70, 2**71], "target": [1e300, -1e300], "prediction": [1e300, 1e300]})
    assert found.rows == 2
    assert not math.isnan(found.total.error or 0)
