"""Files of a run as a tree of their folders."""

from tests.present.made import a_file

from runlore.present.term.blocks import Line, Table
from runlore.present.term.tree import tree


def rows(*paths: str, **changes: object) -> list[tuple[str, ...]]:
    """The text of each row, without what is empty."""
    (table,) = tree(a_file(path, **changes) for path in paths)
    assert isinstance(table, Table)
    cells = [tuple("".join(span.text for span in cell) for cell in row) for row in table.rows]
    return [tuple(text for text in row if text) for row in cells]


def test_files_stand_below_their_folders_with_totals() -> None:
    found = rows("data/train.csv", "data/raw/a.bin", "model.bin", size=2048)
    assert [row[:2] for row in found] == [
        ("data/", "4.0 KiB"),
        ("  raw/", "2.0 KiB"),
        ("    a.bin", "2.0 KiB"),
        ("  train.csv", "2.0 KiB"),
        ("model.bin", "2.0 KiB"),
    ]
    assert found[0][2] == "2 files"


def test_a_chain_of_folders_is_one_row() -> None:
    assert [row[0] for row in rows("/mnt/sets/cifar/x.bin", "/mnt/sets/cifar/y.bin")] == [
        "/mnt/sets/cifar/",
        "  x.bin",
        "  y.bin",
    ]


def test_a_folder_that_is_one_tree_and_an_odd_role_are_told() -> None:
    (row,) = rows("images", kind="d", role="intermediate")
    assert row[0] == "images/"
    assert row[-1].endswith(", intermediate")


def test_a_folder_and_a_file_of_one_name_are_both_there() -> None:
    assert [row[0] for row in rows("a", "a/b")] == ["a/", "  b", "a"]


def test_beyond_a_hundred_rows_the_rest_is_counted() -> None:
    _, more = tree(a_file(f"{number:03}") for number in range(130))
    assert isinstance(more, Line)
    assert "".join(span.text for span in more.spans).strip() == "and 30 more; --json has all"
