"""`diff` as a person reads it."""

from tests.present.compared import DIFF, EMPTY_DIFF, TABLE
from tests.present.made import an_id
from tests.present.pages import PIPE, page

from runlore.insight.lines import Hunk
from runlore.ops.difference.results import Cost, Environment, Packages, Pair, Resources, Table
from runlore.present.term import screen, view
from runlore.present.term.blocks import Line, Span, line

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


def _patched(path: str, lines: tuple[str, ...], size: int = 9) -> list[Span]:
    assert DIFF.code is not None
    hunk = Hunk(1, 1, 1, 1, lines)
    file = DIFF.code.files[0]._replace(path=path, was=None, change="modified", hunks=(hunk,), size=Pair(9, size))
    code = DIFF.code._replace(files=(file,))
    found = EMPTY_DIFF._replace(code=code, parts={"code": "different"})
    blocks = view("diff/1")(found, PIPE._replace(colour=True)).blocks
    spans = [span for block in blocks if isinstance(block, Line) for span in block.spans]
    return spans[[span.text.startswith("@@") for span in spans].index(True) + 1 :]


def test_code_is_coloured_by_its_language_and_a_sign_by_what_became_of_its_line() -> None:
    spans = _patched("a.py", (" def f():", '-    return "a"  # why', "+    pass", "+    x = 1"))
    assert spans[:3] == [Span(" "), Span("def", "code-keyword"), Span(" ")]
    assert Span("f", "code-name") in spans
    assert [span.text for span in spans if span.meaning == "code-string"] == ['"', "a", '"']
    assert Span("# why", "removed-comment") in spans
    assert Span("1", "code-number") in spans
    assert [span for span in spans if span.text in {"-", "+"}] == [Span("-", "removed"), *[Span("+", "added")] * 2]
    assert "".join(span.text for span in spans) == ' def f():-    return "a"  # why+    pass+    x = 1'


def test_a_text_of_several_lines_is_one_text_on_its_own_side() -> None:
    spans = _patched("a.py", (' x = """', "-return", "+other", ' """', " return"))
    assert Span("return", "removed-comment") not in spans
    assert [span.meaning for span in spans if span.text == "return"] == ["code-string", "code-keyword"]


def test_what_changed_within_a_line_stands_out_of_its_language_too() -> None:
    spans = _patched("a.py", ("-rate = 0.1  # slow", "+rate = 0.25  # slow"))
    assert [span.text for span in spans if span.meaning.endswith("-word")] == ["1", "25"]


def test_a_language_that_is_not_known_and_a_large_file_have_the_colour_of_their_sign_alone() -> None:
    for path, size in (("a.xyz", 9), ("a.py", 300 << 10)):
        spans = _patched(path, ("-return 1", "+pass", "+x"), size)
        assert {span.meaning for span in spans} == {"removed", "added"}


def test_escape_sequences_in_code_never_reach_the_terminal_in_colour() -> None:
    spans = _patched("a.py", ('+x = "\x1b[31m\u202e"  # \x1b]0;t\x07', "+\x1b[2J", "+\udcff"))
    drawn = screen.render([line(*spans)], width=80, colour=True)
    assert "\\x1b[31m\\u202e" in drawn
    assert "\x1b[31m" not in drawn
    assert "\x1b]0" not in drawn
    assert "\x1b[2J" not in drawn
    assert "\\xff" in drawn


def test_without_colour_nothing_asks_for_a_language() -> None:
    assert DIFF.code is not None
    hunk = Hunk(1, 1, 1, 1, (" return", "-x", "+y", "+z"))
    code = DIFF.code._replace(files=(DIFF.code.files[0]._replace(hunks=(hunk,)),))
    blocks = view("diff/1")(EMPTY_DIFF._replace(code=code, parts={"code": "different"}), PIPE).blocks
    assert not [
        span for each in blocks if isinstance(each, Line) for span in each.spans if span.meaning.startswith("code-")
    ]


def test_resources_have_their_difference_and_percent() -> None:
    costs = {
        "cpu_seconds": Cost(10.0, 12.5, 2.5, 25.0),
        "peak_memory": Cost(1 << 30, 1 << 29, -(1 << 29), -50.0),
        "read_bytes": Cost(100, 101, 1, 1.0),
        "written_bytes": Cost(None, None, None, None),
        "gpu_seconds": Cost(4.0, 9.0, None, None),
    }
    resources = Resources(
        Pair("succeeded", "succeeded"), Cost(20.0, 20.1, 0.1, 0.5), costs, gpu_scope=Pair("run", "device")
    )
    found = EMPTY_DIFF._replace(resources=resources, parts={"resources": "different", "code": "identical"})
    rows = page("diff/1", found).partition("Resources\n")[2].splitlines()
    assert rows[0].split() == ["a", "b", "delta", "percent"]
    assert rows[1].split() == ["duration", "20.0", "s", "20.1", "s", "+0.10", "s", "+0.5%"]
    assert rows[2].split() == ["CPU", "time", "10.0", "s", "12.5", "s", "+2.5", "s", "+25%"]
    assert rows[3].split() == ["peak", "memory", "1.0", "GiB", "512", "MiB", "-512", "MiB", "-50%"]
    assert "GPU time" in rows[4]
    assert "9.0 s of the device" in rows[4]
    assert "read" not in "".join(rows), "one percent is how any two runs differ"
    assert "read" in page("diff/1", found._replace(parts={"resources": "different"})), "unless it is asked for"
    stat = page("diff/1", found, stat=True)
    assert "CPU time +25%, peak memory -50%" in stat


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
