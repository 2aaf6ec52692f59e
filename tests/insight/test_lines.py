"""Which lines of two texts are others."""

import random
import time

from hypothesis import given
from hypothesis import strategies as st

from runlore.insight.lines import Hunk, changes, hunks, is_binary, likeness, lines_of

_LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"\n", b"long line\n"]), max_size=40)


def rebuilt(a: list[bytes], b: list[bytes]) -> list[bytes]:
    """The second text, made of the first and the changes."""
    made: list[bytes] = []
    at = 0
    for each in changes(a, b):
        made += a[at : each.a_start] + b[each.b_start : each.b_end]
        at = each.a_end
    return made + a[at:]


@given(_LINES, _LINES)
def test_the_changes_make_the_second_text_of_the_first(a: list[bytes], b: list[bytes]) -> None:
    assert rebuilt(a, b) == b


@given(_LINES)
def test_a_text_does_not_differ_from_itself(a: list[bytes]) -> None:
    assert changes(a, list(a)) == []


def test_a_moved_function_leaves_the_lines_around_it_alone() -> None:
    a = lines_of(b"def f():\n    return 1\n\ndef g():\n    return 2\n\ndef h():\n    return 3\n")
    b = lines_of(
        b"def f():\n    return 1\n\ndef new():\n    return 7\n\ndef g():\n    return 2\n\ndef h():\n    return 3\n"
    )
    (found,) = changes(a, b)
    assert (found.a_end - found.a_start, found.b_end - found.b_start) == (0, 3)


def test_large_texts_of_the_same_few_lines_take_no_time() -> None:
    dice = random.Random(1)  # noqa: S311 - the same texts each time
    a, b = ([dice.choice([b"{\n", b"}\n", b"\n"]) for _ in range(50_000)] for _ in range(2))
    started = time.process_time()
    assert rebuilt(a, b) == b
    assert time.process_time() - started < 5


def test_hunks_have_three_lines_around_and_git_s_remark_on_a_missing_newline() -> None:
    a = [b"%d\n" % at for at in range(30)]
    b = [*a[:10], b"x\n", *a[11:29], b"29"]
    assert list(hunks(a, b, changes(a, b))) == [
        Hunk(8, 7, 8, 7, (" 7", " 8", " 9", "-10", "+x", " 11", " 12", " 13")),
        Hunk(27, 4, 27, 4, (" 26", " 27", " 28", "-29", "+29", "\\ No newline at end of file")),
    ]


def test_a_new_text_begins_at_line_zero_of_nothing() -> None:
    (found,) = hunks([], [b"a\n"], changes([], [b"a\n"]))
    assert found == Hunk(0, 0, 1, 1, ("+a",))


def test_only_whole_lines_make_texts_alike() -> None:
    assert likeness(b"a\nb\nc\nd\n", b"a\nb\nc\nx\n") == 0.75
    assert likeness(b"", b"x\n") == 0
    assert likeness(b"same\n", b"same\n") == 1


def test_a_nul_makes_a_file_binary() -> None:
    assert is_binary(b"a\0b")
    assert not is_binary(b"caf\xe9\n")
