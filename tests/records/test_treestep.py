"""From one tree to a like one: the same as decoding both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runlore.records import tree
from runlore.records.treestep import NOTHING, step

NAMES = st.binary(min_size=1, max_size=3).filter(tree.valid_name)
# Few ids and sizes, so that rows are often alike, and bytes that look like the end of another row.
ENTRIES = st.builds(
    tree.Entry,
    NAMES,
    st.sampled_from([tree.FILE, tree.FOLDER, tree.EXECUTABLE]),
    st.sampled_from([b"\0" * 32, b"f" * 32, b"\1\0" * 16]),
    st.sampled_from([0, 1, 0x6666]),
)
TREES = st.lists(ENTRIES, max_size=8, unique_by=lambda each: each.name).map(tree.encode)


@given(TREES, TREES)
def test_a_step_says_what_decoding_both_trees_says(one: bytes, two: bytes) -> None:
    before = step(NOTHING, one)
    assert before.came == tree.decode(one)
    assert before.went == ()
    after = step(before.rows, two)
    assert set(after.came) == set(tree.decode(two)) - set(tree.decode(one))
    assert set(after.went) == set(tree.decode(one)) - set(tree.decode(two))
    assert after.rows == step(NOTHING, two).rows


@given(TREES, TREES, st.data())
def test_no_tree_is_stepped_to_that_cannot_be_decoded(one: bytes, two: bytes, data: st.DataObject) -> None:
    spoilt = bytearray(two)
    at = data.draw(st.integers(0, len(two) - 1))
    spoilt[at] = data.draw(st.integers(0, 255))
    cut = bytes(spoilt[: data.draw(st.integers(0, len(two)))])
    before = step(NOTHING, one).rows
    try:
        found = tree.decode(cut)
    except tree.MalformedTreeError:
        with pytest.raises(tree.MalformedTreeError):
            step(before, cut)
    else:
        assert set(step(before, cut).came) == set(found) - set(tree.decode(one))
