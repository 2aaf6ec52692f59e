"""Nothing of a record acts on the terminal that it is shown on, whatever the verb, the view and the field."""

import os
import pathlib
import re
import shutil
import tempfile
import unicodedata

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.cli.place import Place
from tests.hostile.poisoned import poisoned
from tests.hostile.screen import Screen

COLOUR = "\x1b[38;5;199m"
"""One that nothing of ours has."""
_ACTS = (
    *(
        COLOUR,
        "\x1b]0;title\x07",
        "\x1b[2J",
        "\x1b[1A\x1b[K",
        "\x1bP+q\x1b\\",
        "\x9b31m",
        "\x9d0;t\x9c",
        "\x1b]8;;x\x1b\\",
    ),
    *("\n", "\r", "\t", "\b\b\b", "\x00", "\x7f", "\x85", "\u2028", "\r\n\x1b[A", "\x1b]8;;x\x1b\\"),
    *(
        "\u202e",
        "\u2066\u2069",
        "\u200b",
        "\ufeff",
        "\U000e0041",
        "\udce9",
        "\ud800",
        "[bold]",
        '"',
        "\\",
        "%s",
        "{}",
        "'",
    ),
)
_TEXTS = st.lists(
    st.lists(
        st.sampled_from(_ACTS) | st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Cn"]), min_size=1, max_size=3
    ).map("".join),
    min_size=4,
    max_size=9,
)
_OURS = re.compile(r"\x1b\[[0-9;]*m|\r +\r|\r(?=mlrun: )| \x08+")
"""Colours, and the line of progress."""
_EXAMPLES = int(os.environ.get("RUNLORE_TEST_EXAMPLES", "1"))
_KINDS = ("Cc", "Cf", "Cs", "Zl", "Zp")
VERBS = (
    ("list",), ("list", "--columns", "id,name,command,tags,params.seed,host,author,message"),
    ("list", "--group", "experiment"), ("list", "--where", "params.\x1b[2J = 1"), ("list", "--sort", "\x1b[2J"),
    ("show", "{a}"), ("show", "{a}", "--patch"), ("show", "{a}", "--log"),
    ("diff", "{a}", "{b}"), ("diff", "{a}", "{b}", "--patch"), ("diff", "{a}", "{b}", "--stat"),
    ("status",), ("metrics", "{a}", "{b}"), ("metrics", "{a}", "--last"), ("metrics", "{a}", "--follow"),
    ("metrics", "{a}", "-m", "\x9b2J"), ("plot", "{a}"), ("lineage", "{a}"), ("lineage", "{a}", "--dot"),
    ("samples", "{a}", "--target", "target"), ("samples", "{a}", "{b}"), ("samples", "{a}", "--target", "\x1b[2J"),
    ("tag",), ("tag", "{a}", "\x1b[2J"), ("note", "{a}"), ("remote", "list"), ("config",), ("fsck",),
    ("environment", "lock", "{a}", "--format", "requirements"), ("reproduce", "{a}", "--check"),
    ("get", "{a}:predictions.csv", "-o", "-"), ("get", "{a}:\x1b[2J"), ("show", "\x1b[2J\u202e"), ("\x1b[2J",),
    ("complete", "--", "show", ""), ("complete", "--", "get", "{a}:"), ("complete", "--", "list", "--where", ""),
    ("complete", "--", "metrics", "-m", ""),
)  # fmt: skip
_JSON = ("list", "show", "diff", "status", "metrics", "plot", "lineage", "samples", "tag", "note", "fsck")
_CSV = ("list", "metrics", "samples")


def acting(shown: str, *, is_file: bool) -> set[str]:
    """What of this acts on a terminal; a file, or an answer to a shell, may have tabs and colours of its own."""
    plain = shown if COLOUR in shown and not is_file else _OURS.sub("", shown)
    harmless = "\n\t" if is_file else "\n"
    return {each for each in plain if unicodedata.category(each) in _KINDS and each not in harmless}


@settings(
    max_examples=_EXAMPLES, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(texts=_TEXTS)
def test_nothing_in_a_record_acts_on_the_terminal(tmp_path: pathlib.Path, texts: list[str]) -> None:
    folder = tempfile.mkdtemp(dir=tmp_path)
    for name in ("project", "home"):
        os.mkdir(f"{folder}/{name}")
    place = Place(f"{folder}/project", f"{folder}/home")
    a, b = poisoned(place, [*texts, *_ACTS])
    with Screen(place) as screen:
        for words in VERBS:
            views = [(), *([("--json",)] if words[0] in _JSON else []), *([("--csv",)] if words[0] in _CSV else [])]
            for view in views:
                args = [each.format(a=a, b=b) for each in (*words, *view)]
                status, shown = screen.show(*args)
                assert status != 3, (args, shown)
                is_file = words[0] == "complete" or not {"--log", "--patch", "-o"}.isdisjoint(words)
                assert acting(shown.decode(), is_file=is_file) == set(), (args, shown)
    shutil.rmtree(folder)


@pytest.mark.parametrize("text", [COLOUR, "\x1b[2J", "\r", "\u202e", "\x9b"])
def test_what_acts_would_be_noticed(text: str) -> None:
    assert acting(f"a{text}b", is_file=False)
