import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlore.records import tree
from runlore.records.hashing import blob_digest, tree_digest

DIGEST = bytes(range(32))
names = st.binary(min_size=1, max_size=12).filter(tree.valid_name)
entries = st.builds(
    tree.Entry,
    names,
    st.sampled_from(sorted(tree.KINDS)),
    st.binary(min_size=32, max_size=32),
    st.integers(0, 2**64 - 1),
)


@given(st.lists(entries, unique_by=lambda entry: entry.name))
def test_a_tree_comes_back_sorted_whatever_order_it_was_made_in(rows: list[tree.Entry]) -> None:
    data = tree.encode(rows)
    assert tree.decode(data) == tuple(sorted(rows))
    assert tree.encode(reversed(rows)) == data


def test_the_bytes_are_those_of_the_specification() -> None:
    data = tree.encode([tree.Entry(b"b", tree.EXECUTABLE, DIGEST, 258), tree.Entry(b"\xff", tree.FOLDER, DIGEST, 0)])
    first = b"x" + DIGEST + (258).to_bytes(8, "little") + b"\x01\x00" + b"b"
    second = b"d" + DIGEST + bytes(8) + b"\x01\x00" + b"\xff"
    assert data == b"rlt1" + first + second


def test_an_empty_folder_has_an_id_and_it_is_not_that_of_a_blob() -> None:
    assert tree.decode(tree.encode([])) == ()
    assert tree_digest(tree.encode([])) != blob_digest(tree.encode([]))


@pytest.mark.parametrize("name", [b"", b".", b"..", b"a/b", b"a\0b", b"x" * 65_536])
def test_a_name_no_folder_can_have_is_refused_when_made(name: bytes) -> None:
    with pytest.raises(tree.MalformedTreeError):
        tree.encode([tree.Entry(name, tree.FILE, DIGEST, 1)])


def test_a_name_twice_is_refused_when_made() -> None:
    with pytest.raises(tree.MalformedTreeError):
        tree.encode([tree.Entry(b"a", tree.FILE, DIGEST, 1), tree.Entry(b"a", tree.FOLDER, DIGEST, 1)])


def row(name: bytes, kind: bytes = b"f") -> bytes:
    return kind + DIGEST + bytes(8) + len(name).to_bytes(2, "little") + name


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"rlt2" + row(b"a"),
        b"rlt1" + row(b"a")[:-1],
        b"rlt1" + row(b"a")[:20],
        b"rlt1" + row(b"b") + row(b"a"),
        b"rlt1" + row(b"a") + row(b"a"),
        b"rlt1" + row(b"a", b"?"),
        b"rlt1" + row(b".."),
        b"rlt1" + row(b"../etc/passwd"),
        b"rlt1" + row(b"/etc"),
        b"rlt1" + row(b"a\0"),
        b"rlt1" + row(b""),
    ],
)
def test_what_a_stranger_may_have_written_is_refused_when_read(data: bytes) -> None:
    with pytest.raises(tree.MalformedTreeError):
        tree.decode(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_canonical_tree_or_refused(data: bytes) -> None:
    try:
        found = tree.decode(b"rlt1" + data)
    except tree.MalformedTreeError:
        return
    assert tree.encode(found) == b"rlt1" + data


def test_what_is_wrong_names_the_entry_as_a_person_knows_it() -> None:
    with pytest.raises(tree.MalformedTreeError, match='cannot keep an entry named "a/b"'):
        tree.encode([tree.Entry(b"a/b", tree.FILE, bytes(32), 0)])
    data = tree.encode([tree.Entry(b"ab", tree.FILE, bytes(32), 0)])
    with pytest.raises(tree.MalformedTreeError, match='the row of "\\.\\." is malformed'):
        tree.decode(data.replace(b"ab", b".."))
