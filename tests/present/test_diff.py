"""`diff` as a person reads it."""

from tests.present.compared import DIFF, EMPTY_DIFF, TABLE
from tests.present.made import an_id
from tests.present.pages import PIPE, page

from runlore.insight.lines import Hunk
from runlore.ops.difference.results import Environment, Packages, Pair, Table
from runlore.present.term import view
from runlore.present.term.blocks import Line

PACKAGES = Packages({}, {}, {"numpy": Pair("1.0", "2.0"), "black": Pair("23", "24")}, {}, ("numpy",), uncertain=False)
NONE = Table({}, {}, {})


def _environment(packages: Packages) -> str:
    environment = Environment(NONE, packages, NONE, NONE, ())
    return page("diff/1", EMPTY_DIFF._replace(environment=environment, parts={"environment": "different"}))


def test_every_part_that_differs_has_its_section_and_causes_come_before_effects() -> None:
    text = page("diff/1", DIFF)
    titles = ["Parameters", "Code", "Config files", "Environment", "Inputs", "Metrics", "Outputs", "Resources"]
    assert [line for line in text.splitlines() if line in titles] == titles
    assert text.index("Resources") < text.index("Not comparable")


def test_packages_that_nobody_imported_come_last() -> None:
    text = _environment(PACKAGES)
    assert "numpy  1.0 -> 2.0  imported" in text
    assert text.index("numpy") < text.index("Cannot have mattered") < text.index("black 23 -> 24")


def test_where_one_run_was_not_watched_nothing_is_said_to_have_been_unused() -> None:
    for packages in (PACKAGES._replace(uncertain=True), PACKAGES._replace(imported=None, uncertain=True)):
        text = _environment(packages)
        assert "Cannot have mattered" not in text
        assert "black  23 -> 24" in text


def test_a_text_that_looks_like_a_number_stands_in_quotes_beside_a_number() -> None:
    changed = {"x": Pair(1, "1"), "y": Pair("a", "b")}
    text = page("diff/1", EMPTY_DIFF._replace(params=Table({}, {}, changed), parts={"params": "different"}))
    assert 'x  1 -> "1"' in text
    assert "y  a -> b" in text


def test_lines_of_code_stand_at_the_end_as_git_writes_them() -> None:
    text = page("diff/1", DIFF)
    assert text.rstrip().endswith("--- /dev/null\n+++ b/a.bin\nBinary files differ")
    assert "--- a/b.py\n+++ b/a.py\n@@ -1 +1 @@\n-x\n+y\n" in text


def test_a_binary_file_has_no_lines_where_nobody_asked_for_lines() -> None:
    assert DIFF.code is not None
    code = DIFF.code._replace(files=(DIFF.code.files[1]._replace(hunks=None),))
    text = page("diff/1", EMPTY_DIFF._replace(code=code, parts={"code": "different"}))
    assert "a.bin" in text
    assert "Binary files differ" not in text


def test_what_changed_within_a_line_stands_out_in_colour() -> None:
    hunk = Hunk(1, 2, 1, 2, ("-lr = 0.1  # rate", "-x", "+lr = 0.25  # rate", "+y", "\\ No newline at end of file"))
    assert DIFF.code is not None
    code = DIFF.code._replace(files=(DIFF.code.files[0]._replace(hunks=(hunk,)),))
    blocks = view("diff/1")(EMPTY_DIFF._replace(code=code, parts={"code": "different"}), PIPE).blocks
    spans = [span for block in blocks if isinstance(block, Line) for span in block.spans]
    assert [span.text for span in spans if span.meaning.endswith("-word")] == ["1", "25"]


def test_a_very_long_list_is_cut_and_says_so() -> None:
    params = Table({f"key{at}": at for at in range(100)}, {}, {})
    text = page("diff/1", EMPTY_DIFF._replace(params=params, parts={"params": "different"}))
    assert "and 70 more; --json has all" in text
    assert "key99" not in text


def test_a_metric_is_said_to_be_better_and_to_stand_out() -> None:
    loss = DIFF.metrics["loss"]._replace(a=0.5, b=0.4, delta=-0.1, percent=-20.0) if DIFF.metrics else None
    assert loss is not None
    text = page("diff/1", EMPTY_DIFF._replace(metrics={"loss": loss}, parts={"metrics": "different"}))
    assert "better, stands out" in text
    assert "3 and 1 seeds, means 0.5 and 0.6, spread 0.1, p = 0.04" in text


def test_two_runs_in_which_nothing_differs_are_said_to_be_the_same() -> None:
    same = EMPTY_DIFF._replace(b=an_id("3"), parts={"code": "identical", "inputs": "identical"})
    assert "The same: everything that was compared" in page("diff/1", same)


def test_a_table_has_what_came_went_and_changed() -> None:
    text = page("diff/1", EMPTY_DIFF._replace(params=TABLE, parts={"params": "different"}))
    assert "x  1  only in b" in text
    assert "y  null  only in a" in text
    assert 'z  nan -> "1"' in text
