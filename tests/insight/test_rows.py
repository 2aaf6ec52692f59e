"""What became of the rows of a table."""

import json
from pathlib import Path

import pytest

from runlore.insight.compare.content import Held, UnreadableError
from runlore.insight.rows import LARGEST, Rows, compare_rows


def table(*rows: str, name: str = "t.csv") -> Held:
    return Held(name, ("\n".join(rows) + "\n").encode())


def compared(a: Held, b: Held) -> Rows:
    found = compare_rows(a, b)
    assert found is not None
    return found


def counts(found: Rows) -> tuple[int, int, int]:
    return found.added, found.removed, found.changed


def test_changed_rows_are_counted_one_by_one_with_an_example() -> None:
    a = table("x,y", *(f"{at},{at % 3}" for at in range(50)))
    b = table("x,y", *(f"{at},{9 if at in {4, 20, 33} else at % 3}" for at in range(50)))
    found = compared(a, b)
    assert counts(found) == (0, 0, 3)
    assert found.columns_changed == ("y",)
    assert [(each.row, each.column, each.a, each.b) for each in found.examples] == [
        (5, "y", "1", "9"),
        (21, "y", "2", "9"),
        (34, "y", "0", "9"),
    ]


def test_rows_in_another_order_are_the_same_rows() -> None:
    found = compared(table("x,y", "1,2", "3,4"), table("x,y", "3,4", "1,2"))
    assert counts(found) == (0, 0, 0)


def test_rows_come_and_go() -> None:
    found = compared(table("x", "a", "b", "c"), table("x", "a", "c", "d", "e"))
    assert counts(found) == (2, 1, 0)


def test_a_row_that_is_there_twice_is_removed_once() -> None:
    assert counts(compared(table("x", "a", "a"), table("x", "a"))) == (0, 1, 0)


def test_a_new_column_leaves_the_rows_alone() -> None:
    found = compared(table("x,y", "a,b", "c,d"), table("z,x,y", "1,a,b", "2,c,d"))
    assert (counts(found), found.columns_added, found.columns_removed) == ((0, 0, 0), ("z",), ())


def test_an_id_says_which_row_is_which() -> None:
    found = compared(table("id,v", "1,a", "2,b", "3,c", "4,d"), table("id,v", "4,d", "3,x", "1,a", "7,n", "8,m"))
    assert (counts(found), found.key) == ((2, 1, 1), "id")


def test_a_column_that_is_called_an_id_and_repeats_is_none() -> None:
    assert compared(table("id,v", "1,a", "1,b"), table("id,v", "1,a", "1,c")).key is None


def test_a_first_row_of_numbers_is_no_header() -> None:
    found = compared(table("1,2", "3,4"), table("1,2", "3,5"))
    assert (found.a, counts(found), found.examples[0].column) == (2, (0, 0, 1), "column 2")


def test_json_lines_are_rows_whatever_the_order_of_their_keys() -> None:
    a = table(*(json.dumps({"x": at, "y": "é"}) for at in range(5)), name="t.jsonl")
    b = table(*(json.dumps({"y": "é", "x": at}) for at in range(4)), name="t.jsonl")
    assert counts(compared(a, b)) == (0, 1, 0)


def test_parquet_is_rows(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    parquet = pytest.importorskip("pyarrow.parquet")
    held = []
    for values in ([1, 2, 3], [1, 5, 3, None]):
        path = tmp_path / "t.parquet"
        parquet.write_table(pa.table({"v": values}), path)
        held.append(Held("t.parquet", path.read_bytes()))
    assert counts(compared(*held)) == (1, 0, 1)


def test_what_is_no_table_has_no_rows() -> None:
    assert compare_rows(Held("a.bin", b"\x00"), Held("a.bin", b"\x01")) is None


def test_a_table_that_is_too_large_is_not_looked_into() -> None:
    class Large(Held):
        @property
        def size(self) -> int:
            return LARGEST + 1

    assert compare_rows(Large("t.csv", b"a\n"), Held("t.csv", b"b\n")) is None


def test_of_a_table_with_too_many_rows_it_is_said_that_it_was_not_looked_into() -> None:
    long = Held("t.csv", b"id,x\n" + b"1,2\n" * 300_001)
    with pytest.raises(UnreadableError, match="not looked into: it has more than 300,000 rows"):
        compare_rows(long, table("id,x", "1,2"))


def test_a_row_without_end_is_refused() -> None:
    with pytest.raises(UnreadableError):
        compare_rows(Held("t.csv", b"a\n" + b"x" * (2 << 20)), table("a", "b"))


def test_rows_of_other_lengths_and_empty_tables_are_compared() -> None:
    assert counts(compared(table("a,b", "1", "1,2,3"), table("a,b", "1"))) == (0, 1, 0)
    assert counts(compared(Held("t.csv", b""), table("a", "b"))) == (1, 0, 0)
