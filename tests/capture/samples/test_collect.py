"""What a script told of samples, put together, whatever stands in its journal."""

import gzip
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlore.capture.samples.collect import Collected, collect
from runlore.records.samples import TABLE_SHAPE


def entry(split: str | None = None, **columns: Any) -> dict[str, Any]:  # noqa: ANN401 - any values
    return {"kind": "samples", "split": split, "columns": columns}


def taken(*entries: Any) -> tuple[Collected, list[Any]]:  # noqa: ANN401 - any entry
    to = io.BytesIO()
    found = collect(entries, to)
    assert found is not None
    return found, [json.loads(line) for line in gzip.decompress(to.getvalue()).splitlines()]


def types(found: Collected) -> dict[str, str]:
    return {each["name"]: each["type"] for each in found.columns}


def codes(found: Collected) -> list[str]:
    return [each.code for each in found.warnings]


def test_batches_become_one_table() -> None:
    found, lines = taken(entry("test", id=[1, 2], loss=[0.5, "NaN"]), entry("train", id=[3], loss=[1]))
    assert (found.rows, found.splits, found.warnings) == (3, ("test", "train"), ())
    assert types(found) == {"id": "integer", "loss": "number"}
    assert lines == [
        {"split": "test", "columns": {"id": [1, 2], "loss": [0.5, "NaN"]}},
        {"split": "train", "columns": {"id": [3], "loss": [1]}},
    ]


@pytest.mark.parametrize(
    ("values", "kind", "mixed"),
    [
        ([True, None], "boolean", False),
        ([True, 2], "integer", False),
        ([1, -(2**63)], "integer", False),
        ([1, 2**63], "text", False),
        ([1, 0.5, "Infinity"], "number", False),
        (["NaN", "NaN"], "number", False),
        (["NaN", "b"], "text", False),
        ([1, "b"], "text", True),
        ([None, None], "text", False),
        ([[1, 0], []], "integers", False),
        ([[0.5, "NaN"], [1]], "numbers", False),
        ([["a"], ["b", "c"]], "texts", False),
        ([[1], "a"], "text", True),
        ([[[1]], [2]], "text", True),
        ([{"a": 0.5}, {}], "table", False),
        ([{"a": "x"}], "text", True),
    ],
)
def test_a_column_has_the_type_that_all_its_values_have(values: list[Any], kind: str, mixed: bool) -> None:
    for entries in ([entry(x=values)], [entry(x=[each]) for each in values]):
        found, _ = taken(*entries)
        assert (types(found)["x"], "samples-mixed" in codes(found)) == (kind, mixed)


def test_columns_that_are_not_in_every_batch_are_kept_and_said() -> None:
    found, _ = taken(entry(id=[1], day=["mon"]), entry(id=[2]))
    assert types(found) == {"id": "integer", "day": "text"}
    assert [each.message for each in found.warnings] == ["columns of samples are not in every batch: day"]


def test_names_that_differ_by_case_alone_are_kept_apart() -> None:
    found, lines = taken(entry(id=[1], Loss=[1], loss=[2], Split=[3], loss_2=[4]))
    assert list(types(found)) == ["id", "Loss", "loss_2", "Split_2", "loss_2_2"]
    assert lines[0]["columns"]["loss_2"] == [2]
    assert codes(found) == ["samples-renamed"]


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "samples"},
        {"kind": "samples", "columns": []},
        {"kind": "samples", "columns": {}},
        {"kind": "samples", "columns": {"id": 1}},
        {"kind": "samples", "columns": {"id": [1], "loss": [1, 2]}},
        {"kind": "samples", "split": 3, "columns": {"id": [1]}},
    ],
)
def test_what_is_no_batch_is_said_and_the_others_are_kept(bad: Any) -> None:  # noqa: ANN401 - any entry
    assert collect([bad], io.BytesIO()) is None
    found, lines = taken(bad, entry(id=[1]), bad)
    assert (found.rows, len(lines)) == (1, 1)
    assert [each.message for each in found.warnings] == ["2 batches of samples cannot be read"]


def test_no_more_columns_are_kept_than_a_table_can_have() -> None:
    found, _ = taken({"columns": {f"c{at}": [at] for at in range(1500)}})
    assert len(found.columns) == 1000
    assert codes(found) == ["samples-columns"]


def test_equal_samples_are_equal_bytes() -> None:
    packed = [io.BytesIO(), io.BytesIO()]
    for each in packed:
        collect([entry(id=[1, 2])], each)
    assert packed[0].getvalue() == packed[1].getvalue()


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.text(), st.lists(_values, min_size=1, max_size=4)), max_size=4), st.text())
def test_whatever_the_journal_holds_the_table_is_as_a_seal_may_name_it(
    columns: list[tuple[str, list[Any]]], split: str
) -> None:
    entries = [{"kind": "samples", "split": split, "columns": {name: values}} for name, values in columns]
    to = io.BytesIO()
    found = collect(entries, to)
    if found is not None:
        about = {"oid": "0" * 64, "size": len(to.getvalue()), "format": "jsonl.gz", "rows": found.rows}
        assert TABLE_SHAPE({**about, "columns": list(found.columns), "splits": list(found.splits)})
