"""A `.mlrunignore` may be a stranger's: its patterns mean what they mean in gitignore, and none takes for ever."""

import re
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from runlore.capture.leftout import IGNORE_FILE, _steady
from runlore.capture.listing import list_code

pytestmark = pytest.mark.usefixtures("hermetic_git")


def test_many_stars_take_no_time(tmp_path: Path) -> None:
    long = "a" * 80
    (tmp_path / IGNORE_FILE).write_text("*a" * 25 + "b\n")
    for name in (long + "b", long + "c"):
        (tmp_path / name).write_text("x")
    listing = list_code(str(tmp_path))
    assert [row.path.decode() for row in listing.rows] == [IGNORE_FILE, long + "c"]
    assert listing.warnings == ()


@pytest.mark.parametrize("pattern", ["[z-a]", "a/**/b/**/c/**/d/**/e/**/f", "/".join(["*a"] * 25), "\\"])
def test_a_pattern_that_means_nothing_or_too_much_is_a_warning(tmp_path: Path, pattern: str) -> None:
    (tmp_path / IGNORE_FILE).write_text(f"*.txt\n{pattern}\n")
    assert [warn.code for warn in list_code(str(tmp_path)).warnings] == ["ignore-unreadable"]


@given(pattern=st.text("aab**?/[]!-^.(", max_size=10), path=st.text("aab/.-(", max_size=10))
@settings(max_examples=500, derandomize=True, deadline=None, database=None)
def test_a_pattern_means_what_it_means_in_gitignore(pattern: str, path: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            plain = GitIgnoreSpec.from_lines([pattern])
            steady = GitIgnoreSpec([_steady(each) for each in plain.patterns])
        except (ValueError, re.error):
            return
    assert steady.match_file(path) == plain.match_file(path)
